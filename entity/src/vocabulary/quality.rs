//! Words of damage to cars, and of how a car's state is shown.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list quality_vocabularies $;

    /// How far a damage is seen to (C101; domain.md 3.2).
    enum QualityDamageState {
        /// Somebody has found it.
        Reported,
        /// Somebody has looked at how bad it is.
        Assessed,
        /// It is said whose fault it is.
        LiabilityConfirmed,
        /// It is being repaired.
        Repairing,
        /// The repair was looked at, and is good.
        Reinspected,
        /// The car is as new.
        Closed,
        /// It stays; the car is sold with it, and whoever buys it is told.
        Downgraded,
        /// The car is written off.
        Scrapped,
    }

    /// Where a damage was found.
    enum QualityDamageNode {
        /// At the plant.
        Plant,
        /// At a hub of the car maker.
        Hub,
        /// With who carries it.
        Carrier,
        /// At a store.
        Store,
        /// At the inspection before the handover.
        Pdi,
    }

    /// How bad a damage is.
    enum QualityDamageSeverity {
        /// To be polished out.
        Minor,
        /// To be painted or exchanged.
        Moderate,
        /// What holds the car together, or keeps people safe.
        Major,
    }

    /// Which part of the car is damaged.
    enum QualityDamagePosition {
        /// Its front.
        Front,
        /// Its back.
        Rear,
        /// Its left side.
        LeftSide,
        /// Its right side.
        RightSide,
        /// Its roof.
        Roof,
        /// Its underside.
        Underbody,
        /// Its glass.
        Glass,
        /// Wheels and tyres.
        Wheels,
        /// Its inside.
        Interior,
        /// What drives it: battery, motor, electronics.
        Powertrain,
    }

    /// What kind of damage it is.
    enum QualityDamageKind {
        /// A scratch.
        Scratch,
        /// A dent.
        Dent,
        /// A crack, or something broken.
        Crack,
        /// Paint.
        Paint,
        /// Water or dirt inside.
        Contamination,
        /// Something is missing.
        Missing,
        /// Something does not work.
        Malfunction,
    }

    /// Who answers for a damage.
    enum QualityDamageLiability {
        /// Who carried the car.
        Carrier,
        /// The plant.
        Plant,
        /// The store.
        Store,
        /// Who supplied the part.
        Supplier,
        /// Nobody knows; the car maker bears it.
        Unknown,
    }

    /// What became of the customer's wish for another car in place of a damaged one.
    enum QualitySwapState {
        /// The customer has asked for another car.
        Requested,
        /// The order has this car no longer.
        Done,
        /// The store keeps to this car, or it was handed over meanwhile.
        Declined,
    }

    /// What somebody may do with a damage now.
    enum QualityDamageAction {
        /// Say how bad it is.
        Assess,
        /// Say who answers for it.
        ConfirmLiability,
        /// Begin the repair.
        Repair,
        /// Look at the repair.
        Reinspect,
        /// End it: the car is as new.
        Close,
        /// Leave it, and sell the car with it.
        Downgrade,
        /// Write the car off.
        Scrap,
        /// Say no to the customer's wish for another car.
        DeclineSwap,
    }

    /// Who looks at a car's state (C100).
    enum DisplayAudience {
        /// Customers.
        Customer,
        /// Staff of stores.
        Dealer,
        /// Operators of the car maker.
        Oem,
    }

    /// Which colour a state has; what that is on a screen is the app's to say.
    enum DisplayColor {
        /// Nothing special.
        Neutral,
        /// It goes on.
        Info,
        /// It is well.
        Success,
        /// Somebody should look.
        Warning,
        /// Something is wrong.
        Danger,
    }

    /// Which picture a state has; the app draws it.
    enum DisplayIcon {
        /// A plan.
        Calendar,
        /// A plant.
        Factory,
        /// A transporter.
        Truck,
        /// A store.
        Store,
        /// A tool.
        Wrench,
        /// A key.
        Key,
        /// A lock.
        Lock,
        /// A warning.
        Alert,
        /// A car.
        Car,
    }
}
