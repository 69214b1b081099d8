//! Types of events.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list event_vocabularies $;

    /// Type of an event in the log (domain.md 3.8).
    enum EventKind {
        /// A profile changed.
        CustomerProfileChanged,
        /// A consent was given.
        ConsentGranted,
        /// A consent was withdrawn.
        ConsentWithdrawn,
        /// A lead arrived or was touched again.
        LeadSubmitted,
        /// A lead was given to a store.
        LeadAssigned,
        /// A lead's stage changed.
        LeadStageChanged,
        /// A follow-up was done.
        FollowUpCompleted,
        /// A configuration was saved.
        ConfigurationSaved,
        /// A car was held.
        VehicleReserved,
        /// A car was set free.
        VehicleReleased,
        /// A car's state changed.
        VehicleStatusChanged,
        /// An order was placed.
        OrderPlaced,
        /// An order's state changed.
        OrderStatusChanged,
        /// A milestone changed.
        MilestoneChanged,
        /// An expected date changed.
        EtaChanged,
        /// Points moved.
        PointsBalanceChanged,
        /// A tier changed.
        TierChanged,
        /// What is on sale changed: models, options, prices, incentives.
        CatalogChanged,
        /// A place changed: a city, a store.
        PlacesChanged,
        /// The loyalty programme changed: tiers.
        LoyaltyProgrammeChanged,
        /// A payment of an order changed.
        PaymentChanged,
        /// An application for a loan changed.
        FinanceApplicationChanged,
        /// A contract of an order changed.
        ContractChanged,
        /// An invoice of an order changed.
        InvoiceChanged,
        /// What leads to an order's hand-over changed: a preparation, the appointment, the transfer of ownership.
        HandoverChanged,
        /// A settlement statement changed.
        SettlementChanged,
        /// A request to change an order changed.
        ChangeRequestChanged,
        /// A case of damage to a car changed.
        QualityCaseChanged,
        /// An alert about stock was raised, acknowledged or closed.
        StockAlertChanged,
        /// A transfer of a car between stores changed.
        StockTransferChanged,
        /// A store's quota of cars, or how it is used, changed.
        StockQuotaChanged,
        /// A message was sent in a conversation, or taken back.
        MessageSent,
        /// A price was put together, and kept, or put together anew.
        QuoteChanged,
    }
}
