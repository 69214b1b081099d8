//! Words of the board of deliveries and of what is to be done.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list board_vocabularies $;

    /// What stops an order now (C077).
    enum BlockingCode {
        /// The deposit has not arrived.
        DepositUnpaid,
        /// The configuration is not locked.
        ConfigurationNotLocked,
        /// The contract is not signed.
        ContractNotSigned,
        /// No car is assigned.
        NoVehicle,
        /// The car may not be moved or handed over: its quality is in question.
        QualityHold,
        /// The balance is not paid.
        BalanceUnpaid,
        /// The car's invoice is not there.
        InvoiceMissing,
        /// Nobody has said when the car is handed over.
        AppointmentMissing,
        /// A change is being asked for.
        ChangeRequestOpen,
    }

    /// What somebody has to do (C080).
    enum WorkQueueType {
        /// Draw up the contract of an order whose configuration is locked.
        ContractToDrawUp,
        /// Find a car for an order whose configuration is locked.
        CarToAllocate,
        /// Ask for the invoice of a car that is paid.
        InvoiceToRequest,
        /// Inspect a car that has arrived.
        PdiToDo,
        /// Agree with the customer when a car that has arrived is handed over.
        AppointmentToBook,
        /// Decide what becomes of a request to change an order.
        ChangeToDecide,
        /// Pay money back that the payment provider cannot.
        RefundToPay,
        /// See to an order whose promised day is over.
        PromiseOverdue,
    }

    /// What becomes of the others when one of several fails.
    enum ErrorPolicy {
        /// Each stands for itself.
        Continue,
        /// All or none: the first that fails undoes those before it.
        Abort,
    }
}
