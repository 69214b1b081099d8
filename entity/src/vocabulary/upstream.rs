//! Words of the events that come in.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list upstream_vocabularies $;

    /// What became of an event that came in.
    enum InboundState {
        /// It was done.
        Applied,
        /// A newer one of its subject had been applied; nothing was done.
        Outdated,
        /// It waits for something that has not come yet.
        Held,
        /// It was not done, for the reason given.
        Refused,
    }

    /// Why an event that came in was not done.
    enum InboundCode {
        /// A value breaks a rule.
        Invalid,
        /// There is no such event type.
        UnknownType,
        /// The system is not registered for the type.
        TypeNotAllowed,
        /// The system is not registered for the source.
        SourceNotAllowed,
        /// The source and id came before with another content.
        IdConflict,
        /// It concerns an organisation that the system does not speak for.
        ForeignOrganization,
        /// It names something that is not known yet.
        WaitsForReference,
        /// Forerunners of the milestone have not been reported yet.
        WaitsForMilestone,
        /// What it concerns is not in the state that it follows on.
        WaitsForState,
        /// The state machine has no such step.
        InvalidTransition,
        /// The conditions are not met.
        NotEligible,
        /// Exists already.
        Duplicate,
        /// A newer one of the same subject was applied before.
        NewerApplied,
    }
}
