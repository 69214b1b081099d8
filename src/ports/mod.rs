//! Systems that decide a step of an order elsewhere. What is asked of each is a trait; one adapter speaks to it over HTTP, at
//! the address of a setting. What they decide later comes in as events, by the door that is there for all (`src/ingest`).

pub mod http;
pub mod invoice;
pub mod lender;
pub mod payment;
pub mod signing;

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Notify;

pub use invoice::InvoiceProvider;
pub use lender::Lender;
pub use payment::PaymentProvider;
pub use signing::SigningProvider;

/// The systems of a process; none where a setting names no address.
#[derive(Clone)]
pub struct Ports {
    /// Takes payments.
    pub payments: Option<Arc<dyn PaymentProvider>>,
    /// How long it is waited for one.
    pub terms: PaymentTerms,
    /// Lends.
    pub lender: Option<Arc<dyn Lender>>,
    /// After so long the lender is asked about an application that it has.
    pub lender_check_after: TimeDelta,
    /// Lets contracts be signed.
    pub signing: Option<Arc<dyn SigningProvider>>,
    /// After so long it is asked about a contract that it has.
    pub signing_check_after: TimeDelta,
    /// Issues invoices.
    pub invoices: Option<Arc<dyn InvoiceProvider>>,
    /// After so long it is asked about an invoice that it has.
    pub invoices_check_after: TimeDelta,
    /// Wakes whoever looks after what they are to do.
    pub wake: Arc<Wake>,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            payments: None,
            terms: PaymentTerms::default(),
            lender: None,
            lender_check_after: TimeDelta::minutes(10),
            signing: None,
            signing_check_after: TimeDelta::minutes(10),
            invoices: None,
            invoices_check_after: TimeDelta::minutes(10),
            wake: Arc::default(),
        }
    }
}

/// Wakes whoever looks after what systems are to do; one for each, since a call reaches one who waits.
#[derive(Default)]
pub struct Wake {
    /// Of payments and refunds.
    pub money: Notify,
    /// Of loans.
    pub loans: Notify,
    /// Of contracts.
    pub contracts: Notify,
    /// Of invoices.
    pub invoices: Notify,
}

impl Wake {
    /// All of them; who is at work looks once more.
    pub fn all(&self) {
        for one in [&self.money, &self.loans, &self.contracts, &self.invoices] {
            one.notify_one();
        }
    }
}

/// Waits of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// After so long the provider is asked about one that it waits for.
    pub check_after: TimeDelta,
    /// So long it can be paid.
    pub expire_after: TimeDelta,
}

impl Default for PaymentTerms {
    fn default() -> Self {
        Self { check_after: TimeDelta::minutes(1), expire_after: TimeDelta::minutes(30) }
    }
}

/// Why a system did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// It says no, in a code of its own.
    #[error("declined: {0}")]
    Declined(String),
    /// It was not reached, or not in time: whether it did is not known.
    #[error("not reached: {0}")]
    Unreachable(String),
    /// Its answer was not understood: whether it did is not known.
    #[error("no answer that counts: {0}")]
    Unclear(String),
}
