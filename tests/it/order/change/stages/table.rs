//! What domain.md 3.2 says of each kind of backing out at each stage: the refund matrix, the table of who grants, and what falls with it.

use entity::{ChangeKind, Fault, OrderStatus};

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is paid.
    Draft,
    /// The small deposit is paid.
    Intention,
    /// The earnest deposit is paid, a moment ago.
    Earnest,
    /// The earnest deposit is paid, and the cooling hours are over.
    CooledOff,
    /// The configuration is locked.
    Locked,
    /// The contract is with those who sign it.
    Signing,
    /// The contract is signed, and a part of the balance is paid.
    Signed,
    /// The plant has planned it, and no car is its own.
    NoCar,
    /// In fulfilment, with a car that stands at the store; all is paid.
    Stock,
    /// In fulfilment, with a car that stands elsewhere; all is paid.
    Network,
    /// In fulfilment, with a car that the plant is to build.
    Plant,
    /// That car is built and at the store; all is paid, and invoiced.
    Invoiced,
    /// A car from stock is ready to be handed over.
    Ready,
    /// And there is an appointment for it.
    Appointed,
    /// It is handed over.
    HandedOver,
    /// One that was built for its customer is.
    BuiltHandedOver,
    /// The order was called off.
    Cancelled,
}

/// Who grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// The rule, at once.
    AtOnce,
    /// A manager.
    People,
    /// A manager would, and cannot while the contract is with those who sign it.
    Stuck,
    /// Nobody: the state has no such step.
    Never,
    /// Nobody: something stands in the way, at this field.
    Not(&'static str, &'static [&'static str]),
}

/// What is said of a kind at a stage.
#[derive(Clone, Copy, Debug)]
pub struct Says {
    pub granted: Granted,
    /// What becomes of the earnest deposit.
    pub earnest: Option<&'static str>,
    /// What of it is kept, fen.
    pub kept_minor: i64,
    /// What the maker pays on top, fen.
    pub on_top_minor: i64,
    /// What goes back and is to be paid again, fen.
    pub owed_minor: i64,
    pub loses_car: bool,
    pub needs_contract: bool,
    pub needs_red_invoice: bool,
    pub loses_appointment: bool,
    /// The state after it, where that is another one.
    pub to: Option<OrderStatus>,
}

impl Says {
    const fn by(granted: Granted) -> Self {
        Self {
            granted,
            earnest: None,
            kept_minor: 0,
            on_top_minor: 0,
            owed_minor: 0,
            loses_car: false,
            needs_contract: false,
            needs_red_invoice: false,
            loses_appointment: false,
            to: None,
        }
    }

    /// All that was paid goes back.
    const fn all_back(self) -> Self {
        Self { earnest: Some("RETURNED"), to: Some(OrderStatus::Cancelled), ..self }
    }

    /// The template's half of the earnest deposit is kept.
    const fn half_kept(self) -> Self {
        Self { earnest: Some("BY_TEMPLATE"), kept_minor: EARNEST / 2, ..self.all_back() }
    }

    /// The earnest deposit is kept.
    const fn kept(self) -> Self {
        Self { earnest: Some("FORFEITED"), kept_minor: EARNEST, ..self.all_back() }
    }

    /// The earnest deposit goes back twice.
    const fn doubled(self) -> Self {
        Self { earnest: Some("DOUBLED"), on_top_minor: EARNEST, ..self.all_back() }
    }

    const fn owed(self) -> Self {
        Self { owed_minor: KINDNESS, ..self }
    }

    const fn car(self) -> Self {
        Self { loses_car: true, ..self }
    }

    const fn contract(self) -> Self {
        Self { needs_contract: true, ..self }
    }

    const fn red(self) -> Self {
        Self { needs_red_invoice: true, ..self }
    }

    const fn appointment(self) -> Self {
        Self { loses_appointment: true, ..self }
    }

    const fn to(self, status: OrderStatus) -> Self {
        Self { to: Some(status), ..self }
    }
}

/// The earnest deposit, fen.
pub const EARNEST: i64 = 500_000;

/// What a REFUND asks for, fen.
pub const KINDNESS: i64 = 100_000;

const AT_ONCE: Says = Says::by(Granted::AtOnce);
const PEOPLE: Says = Says::by(Granted::People);
const NEVER: Says = Says::by(Granted::Never);
const STUCK: Says = Says::by(Granted::Stuck);
const NOT: Says = Says::by(Granted::Not("NOT_ELIGIBLE", &["input", "orderId"]));

const RETURN: &[&str] = &["input", "change", "return", "ground"];
const EXCHANGE: &[&str] = &["input", "change", "exchange", "ground"];

const fn made_to_order(field: &'static [&'static str]) -> Says {
    Says::by(Granted::Not("NOT_ELIGIBLE", field))
}

/// The columns of the table: a cancellation by the fault of each side, and the other kinds.
pub const WISHES: [(ChangeKind, Fault); 9] = {
    use ChangeKind::*;
    [
        (Cancel, Fault::Customer),
        (Cancel, Fault::Maker),
        (Reconfigure, Fault::Customer),
        (BuyerChange, Fault::Customer),
        (StoreChange, Fault::Customer),
        (DeliveryDefer, Fault::Customer),
        (Refund, Fault::Customer),
        (Return, Fault::Customer),
        (Exchange, Fault::Customer),
    ]
};

/// The table.
pub const TABLE: [(Stage, [Says; 9]); 17] = {
    use OrderStatus::{Locked as L, Returned};
    use Stage::*;
    let free = AT_ONCE.all_back();
    let kept = PEOPLE.kept();
    let doubled = PEOPLE.doubled();
    // Of a signed order the contract says what will not be so any more.
    let anew = PEOPLE.contract();
    let stuck = STUCK.contract();
    let owed = PEOPLE.owed();
    let returned = PEOPLE.car().red().to(Returned);
    [
        (Draft, [free, free, AT_ONCE, AT_ONCE, AT_ONCE, NEVER, NEVER, NEVER, NEVER]),
        (Intention, [free, free, AT_ONCE, AT_ONCE, AT_ONCE, NEVER, NEVER, NEVER, NEVER]),
        // That it is the maker's fault somebody has to say.
        (Earnest, [free, PEOPLE.all_back(), AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE, owed, NEVER, NEVER]),
        (CooledOff, [PEOPLE.half_kept(), doubled, AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE, owed, NEVER, NEVER]),
        (Locked, [kept, doubled, PEOPLE, AT_ONCE, AT_ONCE, AT_ONCE, owed, NEVER, NEVER]),
        (Signing, [kept, doubled, stuck, stuck, stuck, AT_ONCE, owed, NEVER, NEVER]),
        (Signed, [kept, doubled, anew.to(L), anew.to(L), anew.to(L), AT_ONCE, owed, NEVER, NEVER]),
        (NoCar, [kept, doubled, anew, anew, anew, AT_ONCE, owed, NEVER, NEVER]),
        // A car at the store is there for that store, and as it is.
        (Stock, [kept.car(), doubled.car(), anew.car().to(L), anew, anew.car().to(L), AT_ONCE, owed, NEVER, NEVER]),
        // One that is not under way yet may go elsewhere.
        (Network, [kept.car(), doubled.car(), anew.car().to(L), anew, anew, AT_ONCE, owed, NEVER, NEVER]),
        (Plant, [kept.car(), doubled.car(), anew.car(), anew, anew, AT_ONCE, owed, NEVER, NEVER]),
        // What is invoiced stays as it is.
        (Invoiced, [kept.car().red(), doubled.car().red(), NOT, NOT, NOT, AT_ONCE, NOT, NEVER, NEVER]),
        (Ready, [kept.car().red(), doubled.car().red(), NEVER, NEVER, NEVER, AT_ONCE, NOT, NEVER, NEVER]),
        (
            Appointed,
            [
                kept.car().red().appointment(),
                doubled.car().red().appointment(),
                NEVER,
                NEVER,
                NEVER,
                PEOPLE.appointment(),
                NOT,
                NEVER,
                NEVER,
            ],
        ),
        (HandedOver, [NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, PEOPLE.red(), returned, returned.contract()]),
        // What was made to order does not go back without a reason.
        (
            BuiltHandedOver,
            [NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, PEOPLE.red(), made_to_order(RETURN), made_to_order(EXCHANGE)],
        ),
        (Cancelled, [NEVER; 9]),
    ]
};
