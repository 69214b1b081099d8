//! How customers and what belongs to them are found from other rows.

use super::policy;
use super::types::{Consent, Customer, CustomerIdentity, InvoiceProfile, OwnedVehicle};
use crate::graph::relation::{many, one};
use crate::order::Order;
use entity::customer::{consent, customer, identity, invoice_profile, owned_vehicle};
use entity::order::order;
use entity::{ConsentId, CustomerId, InvoiceProfileId, OrderId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

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
    /// Cars that customers have, by the order; the order's right was asked there.
    OwnedVehicleOfOrder: OrderId => owned_vehicle.OrderId as OwnedVehicle,
        |_call| Condition::all(),
        |_call, row| Some(OwnedVehicle(row));
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

    /// Cars by customer, the last one first, as far as the order room lets the viewer see their orders;
    /// not those that went back.
    VehiclesOfCustomer: CustomerId => owned_vehicle.CustomerId as OwnedVehicle, by [Desc HandedOverAt, Desc Id], first MAX_VEHICLES,
        |call| Condition::all()
            .add(crate::order::policy::of_readable(&call.viewer, owned_vehicle::Column::OrderId))
            .add(owned_vehicle::Column::EndedAt.is_null()),
        |_call, row| Some(OwnedVehicle(row));

    /// The newest orders by customer, as far as the order room lets the viewer see them.
    OrdersOfCustomer: CustomerId => order.CustomerId as Order, by [Desc CreatedAt, Desc Id], first MAX_ORDERS,
        |call| crate::order::policy::readable(&call.viewer).or_nothing(), |_call, row| Some(Order(row));
}

/// Most orders below one customer.
const MAX_ORDERS: u64 = 20;

/// Most cars below one customer.
const MAX_VEHICLES: u64 = 20;
