//! Closed sets of values. Each is a text column, a GraphQL enum and a JSON string, all with the same spelling;
//! the doc comments are the schema's descriptions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($($(#[$doc:meta])* enum $name:ident { $($(#[$vdoc:meta])* $variant:ident,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(
                Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
                EnumIter, DeriveActiveEnum, Serialize, Deserialize, async_graphql::Enum,
            )]
            #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "SCREAMING_SNAKE_CASE")]
            #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
            pub enum $name { $($(#[$vdoc])* $variant,)* }

            impl $name {
                /// Every value, in order of declaration.
                pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(&self.to_value())
                }
            }
        )*
    };
}

vocabulary! {
    // ---- shared ground

    /// Part of the country (domain.md 4.1).
    enum Region {
        /// Beijing, Tianjin, Hebei, Shanxi, Inner Mongolia.
        North,
        /// Liaoning, Jilin, Heilongjiang.
        Northeast,
        /// Shanghai, Jiangsu, Zhejiang, Anhui, Fujian, Shandong.
        East,
        /// Jiangxi, Henan, Hubei, Hunan.
        Central,
        /// Guangdong, Guangxi, Hainan.
        South,
        /// Chongqing, Sichuan, Guizhou, Yunnan, Tibet.
        Southwest,
        /// Shaanxi, Gansu, Qinghai, Ningxia, Xinjiang.
        Northwest,
    }

    /// Kind of party in the chain from plant to customer (C084).
    enum OrganizationKind {
        /// The car maker.
        Oem,
        /// A sales region of the car maker.
        Region,
        /// A group that owns several stores.
        DealerGroup,
        /// A store's legal person.
        Store,
        /// A plant.
        Plant,
        /// A carrier or hub.
        Logistics,
        /// A lender.
        Lender,
    }

    /// Who owns the stock and sets the price (C078; domain.md 3.5).
    enum SalesModel {
        /// The car maker sells.
        Direct,
        /// An agent sells in the car maker's name, for a commission.
        Agency,
        /// A dealer buys and sells in its own name.
        Wholesale,
    }

    /// What a store offers.
    enum StoreService {
        /// Cars are shown and sold.
        Sales,
        /// Test drives start here.
        TestDrive,
        /// Cars are handed over.
        Delivery,
        /// Maintenance and repair.
        Service,
        /// Public chargers.
        Charging,
    }

    /// What the caller is; carried by the token.
    enum Role {
        /// A signed-in customer.
        Customer,
        /// A sales consultant of one store.
        Consultant,
        /// The manager of one store.
        StoreManager,
        /// An operator of the car maker.
        Operator,
        /// An upstream system.
        PartnerSystem,
    }

    /// Where something reached us from (C001).
    enum Channel {
        /// The mobile app.
        App,
        /// A WeChat mini-program.
        MiniProgram,
        /// The public web site.
        Web,
        /// Walk-in at a store.
        Store,
        /// Another company's platform.
        ThirdParty,
        /// A system of the car maker.
        System,
    }

    // ---- customer

    /// Gender as stated by the customer.
    enum Gender {
        /// Not stated.
        Unknown,
        /// Female.
        Female,
        /// Male.
        Male,
    }

    /// How close a person is to the brand (C013).
    enum LifecycleStage {
        /// Registered.
        Follower,
        /// Takes part.
        Fan,
        /// Wants a car.
        Prospect,
        /// Has one.
        Owner,
        /// Brings others.
        Advocate,
    }

    /// How an identity was verified (C009).
    enum IdentityProvider {
        /// Mobile phone by text message.
        Phone,
        /// WeChat, within one app.
        WechatOpenid,
        /// WeChat, across the maker's apps.
        WechatUnionid,
        /// Sign in with Apple.
        Apple,
        /// Record of a dealer management system.
        Dms,
    }

    /// What a consent is for (C017; PIPL 14, 23, 29).
    enum ConsentPurpose {
        /// Keeping an account.
        Account,
        /// Advertising.
        Marketing,
        /// Passing data to a dealer as a separate controller.
        ShareWithDealer,
        /// Checking the driving licence before a test drive.
        TestDriveLicence,
        /// Using the precise location.
        PreciseLocation,
        /// Asking a lender for credit.
        FinanceCredit,
        /// Content chosen by profile.
        PersonalizedContent,
        /// Passing data abroad.
        CrossBorder,
    }

    // ---- lead

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

    // ---- catalog

    /// Shape of a car.
    enum BodyType {
        /// Hatchback.
        Hatchback,
        /// Sedan.
        Sedan,
        /// Sport utility vehicle.
        Suv,
    }

    /// What moves a car.
    enum Powertrain {
        /// Battery electric.
        Bev,
        /// Extended range electric.
        Erev,
        /// Plug-in hybrid.
        Phev,
    }

    /// How many options of a group may be chosen.
    enum OptionSelection {
        /// Exactly one.
        One,
        /// Any number.
        Many,
    }

    /// What a rule of the configurator says (C043).
    enum OptionRuleKind {
        /// The first options need all of the second.
        Requires,
        /// The first options forbid each of the second.
        Excludes,
        /// The first options bring the second with them.
        Includes,
        /// The first options are for these trims only.
        OnlyWithTrim,
    }

    /// State of a price book.
    enum PriceBookStatus {
        /// Being written.
        Draft,
        /// In force within its dates.
        Published,
        /// Out of use.
        Archived,
    }

    /// Kind of incentive (domain.md 4.2).
    enum IncentiveKind {
        /// Relief of the national purchase tax.
        NationalPurchaseTax,
        /// For replacing an old car, paid by a city.
        LocalReplacement,
        /// On top of another one.
        LocalTopup,
        /// A plate instead of money.
        NonCashPlate,
        /// For scrapping an old car.
        NationalScrap,
        /// The brand's own offer.
        BrandOffer,
        /// A charger as a gift.
        ChargerGift,
        /// Help with the insurance.
        InsuranceSubsidy,
    }

    /// Who pays an incentive.
    enum IncentivePayer {
        /// The state.
        GovNational,
        /// A city or province.
        GovLocal,
        /// The car maker.
        Brand,
        /// A lender.
        Lender,
    }

    /// How an incentive's amount is reckoned.
    enum IncentiveAmountKind {
        /// A fixed amount.
        Fixed,
        /// A share of the price.
        Percent,
        /// As the tax rule says (domain.md 3.3).
        TaxRelief,
        /// Not money.
        NonCash,
    }

    // ---- inventory

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

    // ---- order

    /// State of an order (domain.md 3.2).
    enum OrderStatus {
        /// Begun.
        Draft,
        /// Refundable intention deposit paid.
        Intention,
        /// Earnest deposit paid; the contract starts (C065).
        Placed,
        /// Configuration locked (C066).
        Locked,
        /// Contract signed.
        Contracted,
        /// Being built, found or moved.
        InFulfillment,
        /// Waiting for the customer.
        ReadyForDelivery,
        /// Handed over.
        Delivered,
        /// Registered, and the days of grace are over.
        Completed,
        /// The customer wants out.
        CancellationRequested,
        /// Called off.
        Cancelled,
        /// To be given back.
        ReturnRequested,
        /// Given back.
        Returned,
        /// Intention ran out.
        Expired,
    }

    /// What the caller may do with an order now.
    enum OrderAction {
        /// Pay the earnest deposit.
        Confirm,
        /// Lock the configuration.
        LockConfiguration,
        /// Ask to cancel.
        RequestCancellation,
        /// Record a milestone.
        RecordMilestone,
    }

    /// How a car is found for an order (C081-C083).
    enum FulfillmentMode {
        /// From a car built to stock.
        BuildToStock,
        /// From stock or pipeline elsewhere.
        LocateToOrder,
        /// Built for this order.
        BuildToOrder,
    }

    /// What has been paid on an order, over all payments.
    enum OrderPaymentStatus {
        /// Nothing.
        None,
        /// Intention deposit.
        IntentionPaid,
        /// Earnest deposit.
        DepositPaid,
        /// Some of the balance.
        Partial,
        /// All of it.
        Full,
        /// More than all.
        Overpaid,
        /// On its way back.
        Refunding,
        /// Given back.
        Refunded,
    }

    /// What a payment is for.
    enum PaymentPurpose {
        /// Refundable intention deposit (C064).
        IntentionDeposit,
        /// Earnest deposit, at most 20 % of the price (C065).
        EarnestDeposit,
        /// The rest.
        Balance,
    }

    /// How it was paid (C067).
    enum PaymentMethod {
        /// WeChat Pay.
        WechatPay,
        /// Alipay.
        Alipay,
        /// UnionPay.
        Unionpay,
        /// Bank transfer.
        BankTransfer,
        /// Card terminal.
        Pos,
        /// Paid out by a lender.
        LoanDisbursement,
    }

    /// State of a payment (domain.md 3.2).
    enum PaymentState {
        /// Made here.
        Created,
        /// With the provider.
        Pending,
        /// Authorised.
        Authorized,
        /// Paid.
        Captured,
        /// Partly given back.
        PartiallyRefunded,
        /// Given back.
        Refunded,
        /// Declined.
        Failed,
        /// Called off.
        Cancelled,
        /// Ran out.
        Expired,
    }

    /// Kind of line in a price breakdown (C060).
    enum PriceLineKind {
        /// List price of the trim.
        Msrp,
        /// An option.
        Option,
        /// The brand's discount.
        Discount,
        /// Purchase tax.
        Tax,
        /// A fee.
        Fee,
        /// An incentive paid at the sale.
        Incentive,
    }

    /// Node of the delivery graph (domain.md 3.2).
    enum MilestoneCode {
        /// Firm order.
        OrderPlaced,
        /// Configuration locked.
        ConfigLocked,
        /// Contract signed.
        ContractSigned,
        /// Loan approved.
        FinanceApproved,
        /// Balance paid.
        BalancePaid,
        /// Invoice issued.
        Invoiced,
        /// Insured.
        Insured,
        /// Plate at hand.
        PlateReady,
        /// Parts being prepared.
        PartsPreparing,
        /// Has a slot in the plan.
        Scheduled,
        /// Body shop.
        Body,
        /// Paint shop.
        Paint,
        /// Assembly.
        Assembly,
        /// Off the line.
        OffLine,
        /// Passed quality.
        QualityReleased,
        /// A car (VIN) is assigned.
        Allocated,
        /// Left the plant.
        Shipped,
        /// On the way.
        InTransit,
        /// At the store or delivery centre.
        Arrived,
        /// Pre-delivery inspection done.
        PdiDone,
        /// Ready for pick-up.
        Ready,
        /// Handover booked.
        AppointmentSet,
        /// Handed over.
        HandedOver,
        /// Ownership transferred (C090).
        OwnershipTransferred,
    }

    /// Track of the delivery graph.
    enum MilestoneTrack {
        /// Contract, money and papers.
        Commercial,
        /// Plant.
        Production,
        /// Transport.
        Logistics,
        /// Handover.
        Handover,
    }

    /// State of a milestone.
    enum MilestoneState {
        /// Not yet.
        Pending,
        /// Under way.
        Active,
        /// Reached.
        Done,
        /// Not needed for this order.
        Skipped,
        /// Later than planned.
        Delayed,
        /// Taken back.
        RolledBack,
    }

    /// Who is to act.
    enum Party {
        /// The customer.
        Customer,
        /// The store.
        Store,
        /// The car maker.
        Oem,
        /// The plant.
        Plant,
        /// The carrier.
        Carrier,
        /// A lender.
        Lender,
    }

    /// How sure an expected date is (domain.md 3.3).
    enum EtaConfidence {
        /// No slot yet.
        Low,
        /// In the plan.
        Medium,
        /// On the way.
        High,
    }

    /// Why an expected date changed.
    enum EtaReason {
        /// First estimate.
        Initial,
        /// A milestone was reached.
        Progress,
        /// Parts are missing.
        Parts,
        /// The plant is full.
        Capacity,
        /// Transport.
        Logistics,
        /// Weather.
        Weather,
        /// Held for quality.
        QualityHold,
        /// Asked for by the customer.
        Customer,
        /// Waiting for money.
        PaymentPending,
    }

    /// What happened to an order (C077).
    enum OrderEventKind {
        /// Placed.
        Placed,
        /// State changed.
        StatusChanged,
        /// A milestone changed.
        MilestoneChanged,
        /// Expected date changed.
        EtaChanged,
        /// A payment changed.
        PaymentChanged,
        /// A car was assigned or taken away.
        VehicleChanged,
        /// Cancellation asked for.
        CancellationRequested,
    }

    // ---- loyalty

    /// Kind of ledger line (domain.md 3.3).
    enum PointsEntryKind {
        /// Earned.
        Earn,
        /// Pending points became active.
        Activate,
        /// Spent.
        Spend,
        /// Ran out.
        Expire,
        /// Taken back.
        Reverse,
        /// Given back after a cancelled redemption.
        Restore,
        /// Set right by an operator.
        Adjust,
    }

    /// State of a lot of points (domain.md 3.2).
    enum LotState {
        /// Not to be spent yet.
        Pending,
        /// To be spent.
        Active,
        /// Used up.
        Spent,
        /// Ran out.
        Expired,
        /// Taken back.
        Reversed,
    }

    /// State of a redemption (domain.md 3.2).
    enum RedemptionStatus {
        /// Points held.
        Locked,
        /// Points spent.
        Confirmed,
        /// Delivered.
        Fulfilled,
        /// Called off; points went back.
        Cancelled,
    }

    // ---- events

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
    }

    /// Language of texts (domain.md 2.3, choice 10).
    enum Locale {
        /// Simplified Chinese.
        ZhCn,
        /// English.
        En,
    }
}
