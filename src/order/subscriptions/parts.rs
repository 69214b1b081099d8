//! Following things that an order has several of: its payments, its contracts, its invoices, its applications for a loan.

use std::marker::PhantomData;

use async_graphql::Context;
use entity::{EventKind, OrderId};

use super::super::change::{RequestById, RequestsOfOrder};
use super::super::links::{
    ContractById, ContractsOfOrder, FinanceApplicationById, FinanceApplicationsOfOrder, InvoiceById, InvoicesOfOrder,
    OrderById, PaymentById, PaymentsOfOrder,
};
use super::super::types::Order;
use super::Topic;
use crate::events::Entry;
use crate::graph::answer::{Linked, To, selected_below};
use crate::graph::link::Relation;
use crate::graph::live::News;
use crate::graph::relation::{Listed, One, Stored};
use crate::graph::{Call, Result};

/// One kind of things.
pub trait Part: Send + Sync + 'static {
    /// Finds one by its id.
    type ById: One;
    /// Finds those of an order.
    type OfOrder: Listed
        + Stored<Key = OrderId, Row = <Self::ById as Stored>::Row>
        + Relation<Key = OrderId, Found = Vec<<Self::ById as Stored>::Row>>;
    /// What tells of them.
    const KIND: EventKind;
    /// The member of the event that names the one that changed.
    const NAMED: &'static str;

    /// Reads an id.
    fn id(text: &str) -> Option<<Self::ById as Stored>::Key>;
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $by_id:ident, $of_order:ident, $kind:ident, $named:literal;)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl Part for $name {
                type ById = $by_id;
                type OfOrder = $of_order;
                const KIND: EventKind = EventKind::$kind;
                const NAMED: &'static str = $named;

                fn id(text: &str) -> Option<<$by_id as Stored>::Key> {
                    text.parse().ok()
                }
            }
        )*
    };
}

parts! {
    /// Payments.
    Payments: PaymentById, PaymentsOfOrder, PaymentChanged, "payment";
    /// Applications for a loan.
    Loans: FinanceApplicationById, FinanceApplicationsOfOrder, FinanceApplicationChanged, "application";
    /// Contracts.
    Contracts: ContractById, ContractsOfOrder, ContractChanged, "contract";
    /// Invoices.
    Invoices: InvoiceById, InvoicesOfOrder, InvoiceChanged, "invoice";
    /// Requests to change the order.
    Changes: RequestById, RequestsOfOrder, ChangeRequestChanged, "request";
}

/// The things of what is followed.
pub struct Parts<P>(Topic, PhantomData<P>);

impl<P> Parts<P> {
    /// Of an order.
    pub(super) fn of(topic: Topic) -> Self {
        Self(topic, PhantomData)
    }
}

impl<P: Part> News for Parts<P> {
    type Said = Option<<P::ById as Stored>::Row>;
    type Thing = Order;
    const FIELD: &'static str = "order";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<OrderById>(selected_below::<Order>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        self.0.admit(call).await
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(Self::Said, Order)>> {
        let mut begun = Vec::new();
        for (_, order) in self.0.begin(call).await? {
            let things = To::<P::OfOrder>::new(order.0.id).load(call).await?;
            if things.is_empty() {
                begun.push((None, order.clone()));
            }
            begun.extend(things.iter().map(|thing| (Some(thing.clone()), order.clone())));
        }
        Ok(begun)
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(Self::Said, Order)>> {
        let order = self.0.order_of(call, entry).await?;
        let Some(order) = order.filter(|_| entry.kind == P::KIND) else { return Ok(None) };
        let thing = match entry.payload.get(P::NAMED).and_then(|id| P::id(id.as_str()?)) {
            Some(id) => call.link::<P::ById>().one(id).await?,
            None => None,
        };
        Ok(Some((thing, order)))
    }
}
