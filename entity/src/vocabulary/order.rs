//! Words of the order domain.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list order_vocabularies $;

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
        /// Ask for another configuration.
        RequestReconfiguration,
        /// Ask for another buyer.
        RequestBuyerChange,
        /// Ask for another store.
        RequestStoreChange,
        /// Ask for a later delivery.
        RequestDeliveryDefer,
        /// Ask for money back and keep the car.
        RequestRefund,
        /// Ask to give the car back.
        RequestReturn,
        /// Ask for another car for the one that was handed over.
        RequestExchange,
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
        /// Money of another order, whose car went back for this one.
        CarriedOver,
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

    /// What is tried with a payment (domain.md 3.2).
    enum PaymentStep {
        /// To hand it to the provider.
        Submit,
        /// To have the money held.
        Authorize,
        /// To have it.
        Capture,
        /// To call it off.
        Cancel,
        /// It ran out.
        Expire,
        /// To give money back.
        Refund,
    }

    /// What came of what was tried with a payment.
    enum PaymentOutcome {
        /// Asked for.
        Request,
        /// Done.
        Success,
        /// Not done.
        Failure,
    }

    /// What is to be changed of an order that is under way (C075).
    enum ChangeKind {
        /// It is called off.
        Cancel,
        /// Money goes back of a car that its customer keeps.
        Refund,
        /// Another configuration.
        Reconfigure,
        /// Another buyer.
        BuyerChange,
        /// Another store sells or hands over.
        StoreChange,
        /// The customer wants the car later.
        DeliveryDefer,
        /// The car is given back.
        Return,
        /// The car is given back for another.
        Exchange,
    }

    /// State of a request to change an order (domain.md 3.2).
    enum ChangeState {
        /// Waits for a decision.
        Submitted,
        /// Not granted.
        Rejected,
        /// Granted; money is on its way back.
        Executing,
        /// Done.
        Done,
        /// Taken back by whoever asked.
        Withdrawn,
    }

    /// Whose doing it is that an order is backed out of.
    enum Fault {
        /// The customer's.
        Customer,
        /// The car maker's, or the store's in its name.
        Maker,
        /// Nobody's.
        Neither,
    }

    /// Why a car goes back.
    enum ReturnGround {
        /// A stock car that was bought online, within seven days.
        SevenDayNoReason,
        /// A defect of the car maker's, within the time of the three guarantees.
        ThreeGuarantees,
        /// By an operator's word.
        Goodwill,
    }

    /// State of money that has to go back.
    enum RefundState {
        /// Due.
        Created,
        /// With the provider.
        Pending,
        /// Gone back.
        Done,
        /// The provider could not; somebody has to, by another way.
        Failed,
    }

    /// State of an application for a loan (domain.md 3.2).
    enum FinanceApplicationState {
        /// Made here; the lender does not have it yet.
        Draft,
        /// With the lender.
        Submitted,
        /// The lender looks at it.
        UnderReview,
        /// The lender asks for more.
        SupplementRequired,
        /// The lender lends.
        Approved,
        /// The lender lends, under conditions.
        ConditionallyApproved,
        /// The lender does not lend.
        Rejected,
        /// The loan's contract is signed.
        ContractSigned,
        /// The money is paid out.
        Disbursed,
        /// Taken back by whoever applied.
        Withdrawn,
        /// The approval ran out.
        Expired,
    }

    /// State of a contract (domain.md 3.2).
    enum ContractState {
        /// Drawn up.
        Draft,
        /// Waits for signatures.
        Signing,
        /// All have signed.
        Completed,
        /// Taken back before all had signed.
        Revoked,
        /// Not signed in time.
        Expired,
        /// Somebody would not sign.
        Declined,
        /// To be undone after all had signed.
        Rescinding,
        /// Some have signed that it is undone.
        PartiallyRescinded,
        /// Undone after all had signed.
        Rescinded,
    }

    /// Kind of invoice (C074).
    enum InvoiceType {
        /// The unified invoice of vehicle sales: of the car.
        VehicleUnified,
        /// A general VAT invoice: of the services that were sold with the car.
        VatGeneral,
        /// A special VAT invoice of the same, for companies that deduct the tax.
        VatSpecial,
    }

    /// What of an order an invoice covers.
    enum InvoiceCover {
        /// The car with its options, less the discount.
        Car,
        /// The services that were sold with it.
        Services,
    }

    /// State of an invoice (domain.md 3.2).
    enum InvoiceState {
        /// Asked for here.
        Requested,
        /// With the provider.
        Issuing,
        /// Not issued; one may be asked for again.
        Failed,
        /// In force.
        Issued,
        /// To be reversed by a red letter.
        RedRequested,
        /// Reversed.
        RedIssued,
    }

    /// State of a kept price (C044).
    enum QuoteState {
        /// Its price is held.
        Open,
        /// Its price is not held any more.
        Expired,
        /// An order was placed with it.
        Ordered,
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
        /// A package that is had besides the car.
        Benefit,
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
        /// An application for a loan changed.
        FinanceChanged,
        /// A contract changed.
        ContractChanged,
        /// An invoice changed; with the note `PURCHASE_TAX_DIFFERS`, the purchase tax by its day is another than what was agreed
        /// (`Order.purchaseTaxDue`).
        InvoiceChanged,
        /// What leads to the hand-over changed.
        HandoverChanged,
        /// A request to change the order changed.
        ChangeRequestChanged,
        /// A case of damage to its car changed.
        QualityCaseChanged,
    }

    /// What the car maker and a party settle (C104; domain.md 3.5).
    enum SettlementItem {
        /// What a channel of payment costs.
        PaymentChannelFee,
        /// Transport of the car.
        Logistics,
        /// What the car maker pays so that a loan's rate is lower (domain.md 3.3): to its lender, or to a dealer who passes it on. Only of orders
        /// with a loan.
        LenderSubsidy,
        /// What an insurer pays for a customer who was brought.
        InsurerCommission,
        /// What an agent earns.
        AgentCommission,
        /// What a store gets for handing a car over.
        DeliveryServiceFee,
        /// What a store gets for a drive in its demonstration car.
        DemoCarFee,
        /// What a dealer pays for the car.
        WholesalePrice,
        /// What a dealer gets back of it.
        Rebate,
        /// What a dealer gets because a price fell.
        PriceProtection,
        /// What a dealer pays for a car brought from elsewhere.
        TransferFee,
        /// What puts a statement right.
        Adjustment,
    }

    /// What makes a settlement line (domain.md 3.5).
    enum SettlementTrigger {
        /// A test drive was completed.
        TestDriveCompleted,
        /// An order became firm.
        OrderPlaced,
        /// A car was handed over.
        Delivered,
        /// A car came back.
        Returned,
    }

    /// With whom a rule settles.
    enum SettlementParty {
        /// The store that sells, or whose test drive it was.
        Store,
        /// The store that hands over.
        DeliveryStore,
        /// The lender of the order's loan; nobody when it has none.
        Lender,
        /// The organisation that the rule names.
        Organization,
    }

    /// How a line's amount is found.
    enum SettlementBasis {
        /// The same each time.
        Fixed,
        /// A share of an amount of the order.
        Rate,
    }

    /// An amount of an order, of which a rate is.
    enum SettlementBase {
        /// What the customer pays.
        OrderTotal,
        /// List price of the trim and the options.
        ListPrice,
        /// What was paid through a payment channel, less what went back of it; no bank transfers and no loans.
        ChannelPaid,
        /// What is lent on the order.
        LoanPrincipal,
        /// What the lender's rate would bring more than the customer's (domain.md 3.3).
        LoanSubsidy,
    }

    /// What the caller may do with a settlement statement now.
    enum SettlementAction {
        /// Hand it to the party.
        Issue,
        /// Agree to it.
        Confirm,
        /// Not agree to it.
        Dispute,
        /// Put it right.
        Adjust,
        /// Note its invoice.
        Invoice,
        /// Note its payment.
        Pay,
    }

    /// State of a settlement statement (domain.md 3.5).
    enum SettlementState {
        /// Drawn up; lines are added.
        Draft,
        /// With the party.
        Issued,
        /// The party agrees.
        Confirmed,
        /// The party does not agree.
        Disputed,
        /// Put right by a line of its own.
        Adjusted,
        /// An invoice was written.
        Invoiced,
        /// Paid.
        Paid,
    }

    /// Where a car is handed over (C089, C091).
    enum HandoverMode {
        /// At the store that hands over.
        Store,
        /// At the customer's door; the customer goes through the checklist online.
        Home,
        /// In the delivery centre that the store is.
        Center,
    }

    /// What has to be done before a hand-over (C088).
    enum PreparationCode {
        /// All is paid.
        Balance,
        /// The lender has agreed; only where a loan is under way.
        Loan,
        /// The car is insured.
        Insurance,
        /// The plate is there.
        Plate,
        /// The car is inspected and made ready.
        Vehicle,
        /// The customer knows where the car will be charged.
        Charger,
        /// The customer has the papers that are looked at.
        Documents,
        /// There is a place at the customer's where the car can be unloaded; only at the door.
        HomeAccess,
        /// What was chosen of the ceremony is ready; only where one was chosen.
        Ceremony,
    }

    /// Who sees to it that something is done.
    enum PreparationParty {
        /// The customer.
        Customer,
        /// The store.
        Staff,
    }

    /// What is gone through at a hand-over (C090).
    enum HandoverCheck {
        /// The outside is as it should be.
        Exterior,
        /// So is the inside.
        Interior,
        /// All keys were handed over.
        Keys,
        /// So were the papers.
        Documents,
        /// So were cable, tools and what else belongs to the car.
        Accessories,
        /// The car was explained.
        Functions,
    }

    /// Who signs a hand-over (C090).
    enum HandoverSigner {
        /// The customer.
        Customer,
        /// The store.
        Store,
    }
}
