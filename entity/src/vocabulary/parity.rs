//! Words of whether one price is asked everywhere.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list parity_vocabularies $;

    /// By whom an order was brought (C061).
    enum OrderSource {
        /// By the customer, in an app of the car maker's.
        Customer,
        /// By people of a store or of the car maker.
        Staff,
        /// Told by another system.
        System,
        /// Taken over from files, or there from the beginning.
        Import,
    }

    /// Why an order's price may differ from that of the price book (C061).
    enum PriceDifferenceReason {
        /// Incentives of the catalog that are paid at the sale.
        Promotion,
        /// The price of before, which is held for a day.
        Held,
        /// A change of the order was agreed on, at the price of its day.
        Change,
        /// A dealer sells in its own name, and sets the price.
        Dealer,
    }
}
