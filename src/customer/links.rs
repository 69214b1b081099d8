//! How customers and what belongs to them are found from other rows.

use entity::customer::{consent, customer, identity, invoice_profile};
use entity::order::order;
use entity::{ConsentId, CustomerId, InvoiceProfileId};
use sea_orm::sea_query::Condition;

use super::policy;
use super::types::{Consent, Customer, CustomerIdentity, InvoiceProfile};
use crate::graph::relation::{many, one};
use crate::order::Order;

one! {
    /// Customers by id.
    CustomerById: CustomerId => customer.Id as Customer,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(Customer(row));
}

one! {
    /// Customers by id, reached through a record that opens them: whoever may see an order, a lead or an account may see
    /// whose it is, as [`policy::readable`] says for each kind of caller.
    CustomerOfRecord: CustomerId => customer.Id as Customer,
        |_call| Condition::all(),
        |_call, row| Some(Customer(row));
}

one! {
    /// Consents by id.
    ConsentById: ConsentId => consent.Id as Consent,
        |call| policy::consents(&call.viewer).or_nothing(),
        |_call, row| Some(Consent(row));
}

one! {
    /// Invoice profiles by id.
    InvoiceProfileById: InvoiceProfileId => invoice_profile.Id as InvoiceProfile,
        |call| policy::invoice_profiles(&call.viewer).or_nothing(),
        |_call, row| Some(InvoiceProfile(row));
}

many! {
    /// Invoice profiles by customer, oldest first, as far as the viewer may see them.
    InvoiceProfilesOfCustomer: CustomerId => invoice_profile.CustomerId as InvoiceProfile, by [Asc CreatedAt, Asc Id],
        |call| policy::invoice_profiles(&call.viewer).or_nothing(), |_call, row| Some(InvoiceProfile(row));

    /// Consents by customer, newest first.
    ConsentsOfCustomer: CustomerId => consent.CustomerId as Consent, by [Desc GrantedAt, Desc Id],
        |_call| Condition::all(), |_call, row| Some(Consent(row));

    /// Verified identities by customer, oldest first.
    IdentitiesOfCustomer: CustomerId => identity.CustomerId as CustomerIdentity, by [Asc VerifiedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(CustomerIdentity(row));

    /// The newest orders by customer, as far as the order room lets the viewer see them.
    OrdersOfCustomer: CustomerId => order.CustomerId as Order, by [Desc CreatedAt, Desc Id], first MAX_ORDERS,
        |call| crate::order::policy::readable(&call.viewer).or_nothing(), |_call, row| Some(Order(row));
}

/// Most orders below one customer.
const MAX_ORDERS: u64 = 20;
