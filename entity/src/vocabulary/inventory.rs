//! Words of the inventory domain.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list inventory_vocabularies $;

    /// Where a car stands between plan and handover (domain.md 3.2).
    enum PhysicalStatus {
        /// In the plan.
        Planned,
        /// Has a slot.
        Scheduled,
        /// Being built.
        InProduction,
        /// Off the line.
        Built,
        /// Passed quality.
        Released,
        /// On the way.
        InTransit,
        /// At a store or hub.
        InStock,
        /// Between two stores.
        Transferring,
        /// Pre-delivery inspection.
        Pdi,
        /// Ready to hand over.
        Ready,
        /// Handed over.
        Delivered,
        /// Held for a damage or a defect.
        QualityHold,
        /// Test-drive car.
        Demo,
        /// Came back.
        Returned,
        /// Written off.
        TotalLoss,
    }

    /// Whose a car is to be.
    enum CommercialStatus {
        /// Nobody's yet.
        Free,
        /// Held for a while.
        Reserved,
        /// Assigned to an order.
        Allocated,
        /// Sold.
        Sold,
    }

    /// The one state shown, made of the physical and the commercial one.
    enum VehicleStatus {
        /// In the plan.
        Planned,
        /// Has a slot.
        Scheduled,
        /// Being built.
        InProduction,
        /// Off the line.
        Built,
        /// Passed quality.
        Released,
        /// On the way.
        InTransit,
        /// At a store or hub, free.
        InStock,
        /// Held for a while.
        Reserved,
        /// Assigned to an order.
        Allocated,
        /// Between two stores.
        Transferring,
        /// Pre-delivery inspection.
        Pdi,
        /// Ready to hand over.
        Ready,
        /// Handed over.
        Delivered,
        /// Held for a damage or a defect.
        QualityHold,
        /// Test-drive car.
        Demo,
        /// Came back.
        Returned,
        /// Written off.
        TotalLoss,
    }

    /// Which stock a car belongs to (C094).
    enum StockType {
        /// At or for the plant.
        Factory,
        /// At a hub of the car maker.
        OemHub,
        /// On the way.
        InTransit,
        /// At a store.
        StoreStock,
        /// Test-drive car.
        Demo,
        /// On show.
        Display,
        /// Certified pre-owned.
        Cpo,
    }

    /// How firmly a car is held (domain.md 3.2).
    enum AllocationKind {
        /// A hold that runs out.
        Soft,
        /// An assignment to an order.
        Hard,
    }

    /// State of a policy.
    enum PolicyStatus {
        /// Being written.
        Draft,
        /// In force.
        Published,
        /// Out of use.
        Archived,
    }

    /// What a policy does with the rows it matches; a `DENY` wins.
    enum PolicyEffect {
        /// Shows them.
        Allow,
        /// Hides them.
        Deny,
    }

    /// Which rows a policy speaks of, seen from the viewer's store.
    enum VisibilityScope {
        /// The viewer's own store.
        OwnStore,
        /// Stores of the same group.
        SameGroup,
        /// Cars in the same city.
        SameCity,
        /// Cars in the same province.
        SameProvince,
        /// Cars in the same region.
        SameRegion,
        /// Cars within a distance.
        Radius,
        /// All cars.
        Nationwide,
    }

    /// How much of a VIN is shown, from least to most.
    enum VinDisclosure {
        /// Nothing.
        Hidden,
        /// The last six characters.
        LastSix,
        /// All of it.
        Full,
    }

    /// How much of a car's age in stock is shown, from least to most.
    enum AgeDisclosure {
        /// Nothing.
        Hidden,
        /// A band of thirty days.
        Band,
        /// The day.
        Exact,
    }

    /// How much of a car's holder is shown, from least to most.
    enum HolderDisclosure {
        /// Nothing.
        Hidden,
        /// The city.
        City,
        /// The store.
        Name,
    }

    /// Band of age in stock (domain.md 3.7).
    enum AgeBand {
        /// 0 to 30 days.
        Green,
        /// 31 to 60 days.
        Yellow,
        /// 61 to 90 days.
        Orange,
        /// More than 90 days.
        Red,
    }

    /// How many cars there are, said to a customer (domain.md 3.7).
    enum AvailabilityBand {
        /// None.
        None,
        /// One to three.
        Few,
        /// Four or more.
        Many,
    }

    /// What happened to a car.
    enum VehicleEventKind {
        /// Physical state changed.
        StatusChanged,
        /// Held.
        Reserved,
        /// Set free.
        Released,
        /// Assigned to an order.
        Allocated,
        /// Taken from an order.
        Deallocated,
    }

    /// What a rule sorts cars by (domain.md 3.7). `ASC` puts what is named first in front.
    enum StockSortKey {
        /// How soon a car can be had by its state: free before promised, in stock before on its way, built before planned.
        StatusRank,
        /// Days in stock.
        AgeDays,
        /// Distance from `near`, or from the caller's store; nobody's distance counts where there is neither.
        Distance,
        /// When it is expected in the store: what stands in stock, then what has a date, then the rest.
        Eta,
        /// The caller's own store, then the others.
        OwnFirst,
        /// List price with options.
        Price,
    }

    /// How the criteria of a sort rule come together (domain.md 3.7).
    enum StockSortMode {
        /// One after the other: what stands first decides, and equals go to the next.
        Lexicographic,
        /// By their weights: each criterion gives 0 to 1,000 points, 0 to what its direction puts first, times its weight; the fewest come
        /// first. Equals stand as with `LEXICOGRAPHIC`. Points come in twelve steps: of 15 days in stock up to 180, of seven days until a car is
        /// expected, of distances from 5 to 2,500 km, of 50,000 yuan. It is reckoned for a day: a cursor of another is stale.
        Weighted,
    }

    /// What an alert is raised for (C098).
    enum StockAlertMetric {
        /// A car stands longer than so many days.
        AgeOver,
        /// A store has more cars than so many.
        LevelOver,
        /// A store has fewer cars than so many.
        LevelUnder,
        /// A car on its way is later than so many days.
        InTransitOverdue,
        /// A store has sold less than so many per cent of its stock in the last 90 days: of the kind, cars that were handed over,
        /// over how many it had on the mean of these days. A store that had less than one on the mean is not measured.
        TurnoverLow,
        /// A demonstrator (`DEMO`) stands longer than so many days, or has run more than so many kilometres: it is to be sold.
        DemoRetireDue,
    }

    /// Whom an alert concerns by now (domain.md 3.7).
    enum StockAlertLevel {
        /// The store.
        Store,
        /// Its region.
        Region,
        /// The car maker.
        Oem,
    }

    /// How far an alert is.
    enum StockAlertState {
        /// Nobody has taken it up.
        Open,
        /// Somebody looks after it; it goes no higher.
        Acknowledged,
        /// What it was raised for is over.
        Closed,
    }

    /// Why a car is to be sold first (C097).
    enum RecommendReason {
        /// It stands for more than sixty days.
        Ageing,
        /// It stands for more than ninety days.
        Overaged,
    }

    /// Which of a store's cars a quota is about (C099).
    enum StockQuotaScope {
        /// All that are sold as new.
        All,
        /// Those of a model.
        Model,
        /// Those of a trim.
        Trim,
    }

    /// How a quota holds a stock at its number: one in, one out (C099; domain.md 3.7).
    enum StockQuotaMode {
        /// Cars come in as long as there is room; once it is full, one comes in only for one that is named to go out.
        BlockInWhenFull,
        /// One that goes out opens the right to one that comes in; without a right none does.
        ReplenishOnOut,
    }

    /// How far an entry of the ledger is that pairs what goes out with what comes in (C099).
    enum StockQuotaEntryState {
        /// One went out, or an operator opened it: one may come in for it.
        Right,
        /// Given to a transfer whose car has not left yet.
        Promised,
        /// One came in for another that is named and has not gone out yet.
        Leaving,
        /// One came in without a right, or over the number, as another system tells: the next that goes out settles it.
        Over,
        /// One went out, and one came in for it.
        Paired,
        /// One came in, and there was room for it.
        Added,
        /// One went out, and no right was opened: the stock is over its number, or will be with what is promised.
        Gone,
        /// Nothing came of it: the transfer was called off, or the quota ended.
        Withdrawn,
    }

    /// How far a transfer between stores is (C103).
    enum StockTransferState {
        /// Asked for.
        Requested,
        /// The store that has the car gives it.
        Approved,
        /// It does not.
        Rejected,
        /// Called off by who asked.
        Cancelled,
        /// On its way.
        Shipped,
        /// Come.
        Received,
    }
}
