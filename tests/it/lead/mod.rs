//! The lead room, asked through the gateway on a database with a few stores, people and models.

mod read;
mod submit;
mod work;
mod world;
