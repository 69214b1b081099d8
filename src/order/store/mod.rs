//! Where orders are kept, and the one way in which they change: a [`Revision`]. For the mutations of this room and for
//! what arrives from outside.

mod attempt;
mod auto_match;
mod benefit;
mod car;
mod contract;
mod finance;
mod firm;
mod handover;
mod invoice;
mod number;
mod ownership;
mod progress;
mod ready;
mod revision;
mod template;

pub use attempt::Attempt;
pub use auto_match::{Place, give_all, waiting};
pub use benefit::{add_agreed, agreed_benefits, benefit_rows, price_rows};
pub use car::{CarAhead, NotMoved, Step, assign, travelled, unassign};
pub use contract::{
    catch_up, contracts_of, draw_up, go_on, latest_versions, paper_of, save_contract, seal, template_of,
};
pub use finance::{
    Heard, LONGEST_APPROVAL, MAX_REFERENCE, follow_lender, free_reference, kept, page, save_application, since, tidy,
};
pub use firm::{balance_paid, become_firm, capture};
pub use handover::{
    appointment_of, bays, call_off_appointment, checks, delivery_of, has_place, lock_desk, pickup_code,
    save_appointment, save_delivery, taken,
};
pub use invoice::{
    ORDER_ENDED, call_off_invoices, car_is_invoiced, draw_up_invoice, follow_invoice, invoice_paper, invoice_report,
    invoiced, invoices_of, issued_cars, lacks_invoice, money_of, named_elsewhere, save_invoice, seal_invoice,
    to_be_red,
};
pub use number::next_number;
pub use ownership::{end_ownership, follow_handovers, owned};
pub use progress::{Progress, Report, delay_for_damage, end_delay_for_damage, has_milestone, record_milestone};
pub use ready::unready;
pub use revision::Revision;
pub use template::{pattern_for, published_templates};
