//! Where requests and what goes back are kept.

mod back_out;
mod books;
mod red;
mod request;
mod returned;

pub use back_out::{cancel_stage, carry_out, consequences, let_run_out, payments_of, wind_up};
pub use books::{Books, Went};
pub use red::waits_for_red;
pub use request::{end, insert, requests_before, save, tell_done};
pub use returned::{Handed, here_of, take_back};
