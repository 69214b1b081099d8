//! The lead room. Most tests ask the gateway on a database with a few stores, people and models, so that every value
//! is known; `door` asks the server over demo data.

mod door;
mod read;
mod submit;
mod work;
mod world;
