//! Words of the lead domain.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list lead_vocabularies $;

    /// State of a lead (domain.md 3.2).
    enum LeadStage {
        /// Just arrived.
        New,
        /// Given to a store.
        Assigned,
        /// Spoken with.
        Contacted,
        /// Interest confirmed.
        Qualified,
        /// A test drive is booked.
        TestDriveBooked,
        /// Has driven.
        TestDriven,
        /// Talking about the offer.
        Negotiating,
        /// Became an order; set by the order, never by hand.
        Converted,
        /// Not a real lead.
        Invalid,
        /// Went elsewhere.
        Lost,
        /// No contact for thirty days.
        Dormant,
    }

    /// How soon the person means to buy.
    enum IntentLevel {
        /// Within a week.
        H,
        /// Within a month.
        A,
        /// Within three months.
        B,
        /// Later.
        C,
    }

    /// Why a lead was lost or invalid.
    enum LostReason {
        /// Bought another brand.
        Competitor,
        /// Too dear.
        Price,
        /// No need any more.
        NoNeed,
        /// Cannot be reached.
        Unreachable,
        /// Not a person, or a wrong number.
        NotGenuine,
        /// Already known under another lead.
        Duplicate,
        /// Something else; see the note.
        Other,
    }

    /// What happened to a lead (C021).
    enum LeadEventKind {
        /// First submit.
        Submitted,
        /// Submitted again within thirty days.
        TouchpointAdded,
        /// Given to a store or a consultant.
        Assigned,
        /// Confirmed.
        Qualified,
        /// Closed as lost or invalid.
        Closed,
        /// Taken up again.
        Reopened,
        /// A follow-up was done.
        FollowUpCompleted,
        /// A test drive was booked.
        TestDriveBooked,
        /// The person drove.
        TestDriveCompleted,
        /// An order was placed.
        Converted,
    }

    /// What must be done (C024).
    enum FollowUpKind {
        /// First call, within fifteen minutes of the lead (C025).
        FirstContact,
        /// A call.
        Call,
        /// Invite to a test drive.
        TestDriveInvitation,
        /// Send an offer.
        Offer,
    }

    /// State of a follow-up.
    enum FollowUpStatus {
        /// To be done.
        Open,
        /// Done.
        Done,
        /// No longer needed.
        Cancelled,
    }

    /// Where a test drive starts (C035, C036).
    enum TestDriveMode {
        /// At the store.
        InStore,
        /// At the customer's door.
        AtHome,
    }

    /// State of a test drive (domain.md 3.2).
    enum TestDriveStatus {
        /// Asked for.
        Requested,
        /// Slot confirmed.
        Confirmed,
        /// Car on its way to the customer.
        Dispatched,
        /// The driver has arrived.
        CheckedIn,
        /// Driving.
        InProgress,
        /// Done.
        Completed,
        /// Called off.
        Cancelled,
        /// Nobody came.
        NoShow,
    }
}
