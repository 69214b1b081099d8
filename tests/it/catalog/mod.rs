//! The catalog room and its shared ground, asked through the gateway over a catalog whose every value is known.

mod configuration_save;
mod finance;
mod house;
mod offers;
mod price;
mod published;
mod reads;
mod rows;
mod stores;

use house::{House, Who};
