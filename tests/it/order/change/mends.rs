//! What a critical reading found wrong with changes, and is not so any more.

use entity::catalog::{benefit_package, trim};
use entity::inventory::vehicle_unit;
use entity::order::{benefit, change_request, invoice, order, payment, refund};
use entity::place::store;
use entity::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::super::back_out::{cancel, decide, ordered, pay, reach, refunds};
use super::super::handover::recorded::car;
use super::super::handover::{code_and_field, ready, state};
use super::super::provider::{INITIATE, asked as payment_input, deed, until, watchful};
use super::super::returned::{self, back, found, give_all_back, handed_over, yuan};
use super::super::settlement::{agency_rules, lines, without_rules};
use super::super::{contract as signed, key, order_row, pay as counter, record};
use super::{WITHDRAW, alike, ask, other_car, quote, stage};
use crate::harness::{self, Client, Server};

async fn update_order(server: &Server, id: OrderId, change: order::ActiveModel) {
    order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
}

async fn update_car(server: &Server, id: VehicleUnitId, change: vehicle_unit::ActiveModel) {
    let of = vehicle_unit::Column::Id.eq(id);
    vehicle_unit::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
}

async fn payments(server: &Server, id: OrderId) -> Vec<payment::Model> {
    let of = payment::Entity::find().filter(payment::Column::OrderId.eq(id)).order_by_asc(payment::Column::CreatedAt);
    of.order_by_asc(payment::Column::Id).all(server.db().conn()).await.unwrap()
}

/// An invoice of the order, like some other one.
async fn invoiced(server: &Server, id: OrderId, covers: InvoiceCover, state: InvoiceState) {
    let db = server.db().conn();
    let like = invoice::Entity::find().filter(invoice::Column::IssuedAt.is_not_null()).one(db).await.unwrap();
    let row = invoice::Model {
        id: InvoiceId::generate(),
        order_id: id,
        covers,
        state,
        number: None,
        red_of_id: None,
        checked_at: None,
        created_at: server.app().clock.now() - chrono::TimeDelta::hours(1),
        ..like.expect("an invoice")
    };
    invoice::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
}

/// The provider is done with what goes back, as far as it can be, so that nothing else moves the order.
async fn provider_is_done(server: &Server, id: OrderId) {
    let over = |row: &refund::Model| matches!(row.state, RefundState::Done | RefundState::Failed);
    harness::until(|| refunds(server, id), |rows| !rows.is_empty() && rows.iter().all(over)).await;
}

fn kindness(minor: i64) -> Value {
    json!({ "refund": { "amountMinor": minor.to_string() } })
}

#[tokio::test]
async fn an_invoice_of_services_holds_no_kindness_up() {
    let server = watchful().start().await;
    let id = handed_over(&server).await;
    invoiced(&server, id, InvoiceCover::Services, InvoiceState::Issued).await;
    let before = order_row(&server, id).await;
    let asked = ask(&server.customer(), &server, id, &kindness(100_000)).await;
    let red = json!({ "redInvoiceNumber": "RED-1" });
    let done = decide(&server.manager(), &server, id, &asked["changeRequest"], red).await;
    assert_eq!(done["userErrors"], json!([]), "{done}");
    give_all_back(&server, id).await;
    assert_eq!(order_row(&server, id).await.paid_minor, before.paid_minor - 100_000);
}

#[tokio::test]
async fn the_cars_invoice_is_in_force_before_its_price_is_lowered_again() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    invoiced(&server, id, InvoiceCover::Car, InvoiceState::RedRequested).await;
    let before = order_row(&server, id).await;
    let asked = ask(&server.customer(), &server, id, &kindness(100_000)).await;
    assert_eq!(code_and_field(&asked), json!(["NOT_ELIGIBLE", ["input", "orderId"]]));
    assert_eq!(order_row(&server, id).await, before);
}

#[tokio::test]
async fn a_balance_counts_as_paid_once_the_surplus_is_back() {
    let server = watchful().setting("MILEPOST_CONTRACTS__CHECK_SECONDS", "1").start().await;
    let id = signed::locked(&server).await;
    // Taken at the counter, so the provider cannot give it back.
    let now = order_row(&server, id).await;
    let left = yuan(now.total_minor - now.paid_minor);
    let input = payment_input(&json!({ "id": id.to_string() }), now.version, "BALANCE", Some(&left));
    let begun = server.customer().payload(INITIATE, json!({ "input": input })).await;
    assert_eq!(begun["userErrors"], json!([]));
    let version = order_row(&server, id).await.version;
    let taken = counter::pay(&server.manager(), &begun["payment"], version, "POS-77").await;
    assert_eq!(taken["order"]["paymentStatus"], "FULL", "{taken}");
    let (change, price) = other_car(&server, id).await;
    let asked = ask(&server.customer(), &server, id, &change).await;
    let decided = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
    assert_eq!(decided["userErrors"], json!([]));
    provider_is_done(&server, id).await;
    let (drawn, page) = signed::signing(&server, id).await;
    signed::deed(&server, &page, "sign", "once").await;
    signed::until(&server, &drawn, ContractState::Completed).await;
    let waits = order_row(&server, id).await;
    assert_eq!((waits.status, waits.payment_status), (OrderStatus::Contracted, OrderPaymentStatus::Refunding));
    assert_ne!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done, "money is on its way back");
    give_all_back(&server, id).await;
    let back = order_row(&server, id).await;
    assert_eq!((back.paid_minor, back.payment_status), (price, OrderPaymentStatus::Full));
    assert_eq!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
    let events = entity::order::event::Entity::find()
        .filter(entity::order::event::Column::OrderId.eq(id))
        .filter(entity::order::event::Column::Milestone.eq(MilestoneCode::BalancePaid));
    assert_eq!(events.all(server.db().conn()).await.unwrap().len(), 1, "it is reached once");
}

#[tokio::test]
async fn a_balance_that_came_while_nothing_moved_counts_when_the_request_is_turned_down() {
    let server = watchful().start().await;
    let id = stage(&server, "CONTRACTED").await;
    let now = order_row(&server, id).await;
    let left = yuan(now.total_minor - now.paid_minor);
    let input = payment_input(&json!({ "id": id.to_string() }), now.version, "BALANCE", Some(&left));
    let begun = server.customer().payload(INITIATE, json!({ "input": input })).await;
    assert_eq!(begun["userErrors"], json!([]));
    let asked = cancel(&server.customer(), &server, id).await;
    assert_eq!(asked["order"]["status"], "CANCELLATION_REQUESTED");
    deed(&server, &begun["payment"], "pay", "once").await;
    until(&server, &begun["payment"], PaymentState::Captured).await;
    assert_ne!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
    let rejected =
        decide(&server.manager(), &server, id, &asked["changeRequest"], json!({ "decision": "REJECT" })).await;
    assert_eq!(rejected["order"]["status"], "CONTRACTED", "{rejected}");
    assert_eq!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
}

#[tokio::test]
async fn what_was_balance_is_no_deposit_of_the_order_that_it_goes_over_to() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let db = server.db().conn();
    // The deposit came in two parts, as it does once it came over from an order of before.
    let of = payments(&server, id).await;
    let whole = of.iter().find(|row| row.purpose == PaymentPurpose::EarnestDeposit && row.captured_at.is_some());
    let whole = whole.expect("a deposit").clone();
    let [less, more] = [whole.amount_minor * 2 / 5, whole.amount_minor * 3 / 5];
    let over = PaymentMethod::CarriedOver;
    let part = payment::ActiveModel { amount_minor: Set(less), method: Set(over), ..Default::default() };
    payment::Entity::update_many().set(part).filter(payment::Column::Id.eq(whole.id)).exec(db).await.unwrap();
    let rest = payment::Model {
        id: PaymentId::generate(),
        amount_minor: more,
        method: over,
        provider_reference: None,
        ..whole.clone()
    };
    let rest_id = rest.id;
    payment::Entity::insert(rest.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();

    let before = order_row(&server, id).await;
    let change = json!({ "exchange": { "ground": "SEVEN_DAY_NO_REASON", "odometerKm": 40,
        "configurationId": before.configuration_id.to_string(), "fulfillmentMode": "BUILD_TO_ORDER" } });
    let asked = returned::ask(&server.customer(), &server, id, change, json!({})).await;
    let done = returned::decide(&server.manager(), &server, id, &asked, found(40, json!({}))).await;
    assert_eq!(done["userErrors"], json!([]), "{done}");
    let new: OrderId = done["changeRequest"]["newOrder"]["id"].as_str().unwrap().parse().unwrap();
    let here = payments(&server, new).await;
    let earnest: Vec<_> = here.iter().filter(|row| row.purpose == PaymentPurpose::EarnestDeposit).collect();
    let mut parts: Vec<_> = earnest.iter().map(|row| (row.carried_from_id, row.amount_minor)).collect();
    parts.sort_by_key(|(_, minor)| *minor);
    assert_eq!(parts, [(Some(whole.id), less), (Some(rest_id), more)], "of what was a deposit, all of it");

    // And it is one deposit: who calls the order off once it is locked loses all of it, and no more.
    reach(&server, new, &[MilestoneCode::ConfigLocked]).await;
    let quoted = quote(&server.customer(), new, &json!({ "cancel": true })).await;
    let means = &quoted.data["orderChangeQuote"]["consequences"];
    assert_eq!(
        (&means["earnestDeposit"], &means["forfeited"]["minorUnits"]),
        (&json!("FORFEITED"), &json!(whole.amount_minor))
    );
}

#[tokio::test]
async fn a_return_that_is_turned_down_leaves_the_order_where_it_stood() {
    let server = Server::start().await;
    let id = ready(&server).await;
    // Told of by another system, which transfers ownership later.
    let version = order_row(&server, id).await.version;
    let told = record(&server.operator(), id, version, MilestoneCode::HandedOver, MilestoneState::Done).await;
    assert_eq!(told["order"]["status"], "DELIVERED");
    let stands = |row: &order::Model| (row.current_milestone, row.current_party, row.current_due_at);
    let before = order_row(&server, id).await;
    assert_eq!(before.current_milestone, Some(MilestoneCode::OwnershipTransferred));
    for decision in ["REJECT", "WITHDRAW"] {
        let asked = returned::ask(&server.customer(), &server, id, back("GOODWILL", 40), json!({})).await;
        assert_eq!(asked["userErrors"], json!([]));
        let waits = order_row(&server, id).await;
        assert_eq!(waits.current_milestone, None, "on nobody's board while somebody decides");
        if decision == "REJECT" {
            returned::decide(&server.manager(), &server, id, &asked, json!({ "decision": decision })).await;
        } else {
            let input = json!({ "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
                "expectedVersion": waits.version });
            server.customer().payload(WITHDRAW, json!({ "input": input })).await;
        }
        let after = order_row(&server, id).await;
        assert_eq!((after.status, stands(&after)), (OrderStatus::Delivered, stands(&before)), "{decision}");
    }
}

#[tokio::test]
async fn a_surplus_goes_back_to_the_customer_before_the_lender() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let now = order_row(&server, id).await;
    let (change, price) = other_car(&server, id).await;
    let surplus = now.total_minor - price;
    // Half of the surplus is the customer's own; the rest a lender has paid, later.
    let own = surplus / 2 / 100 * 100;
    pay(&server, &json!({ "id": id.to_string() }), now.version, "BALANCE", Some(&yuan(own))).await;
    let now = order_row(&server, id).await;
    let left = yuan(now.total_minor - now.paid_minor);
    pay(&server, &json!({ "id": id.to_string() }), now.version, "BALANCE", Some(&left)).await;
    let all = payments(&server, id).await;
    let [deposit, first, last] = all.as_slice() else { panic!("{all:?}") };
    let lent = payment::ActiveModel { method: Set(PaymentMethod::LoanDisbursement), ..Default::default() };
    let of = payment::Column::Id.eq(last.id);
    payment::Entity::update_many().set(lent).filter(of).exec(server.db().conn()).await.unwrap();
    let asked = ask(&server.customer(), &server, id, &change).await;
    assert_eq!(asked["userErrors"], json!([]));
    let mut due: Vec<_> = refunds(&server, id).await.iter().map(|row| (row.payment_id, row.amount_minor)).collect();
    due.sort_by_key(|(of, _)| [Some(first.id), Some(deposit.id), Some(last.id)].iter().position(|id| id == of));
    let of_deposit = (surplus - own).min(deposit.amount_minor);
    let mut expected = vec![(Some(first.id), own), (Some(deposit.id), of_deposit)];
    if surplus > own + of_deposit {
        expected.push((Some(last.id), surplus - own - of_deposit));
    }
    assert_eq!(due, expected, "the lender's only where the loan is above the price");
}

#[tokio::test]
async fn packages_go_over_with_an_exchange_or_are_named() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let db = server.db().conn();
    let before = order_row(&server, id).await;
    let other = trim::Entity::find().filter(trim::Column::Id.ne(before.trim_id)).one(db).await.unwrap().unwrap();
    let like = benefit_package::Entity::find().one(db).await.unwrap().expect("a package");
    benefit::Entity::delete_many().filter(benefit::Column::OrderId.eq(id)).exec(db).await.unwrap();
    for (at, code, of) in [(1, "GOES-OVER", None), (2, "OF-ANOTHER-CAR", Some(other.id))] {
        let package = benefit_package::Model {
            id: BenefitPackageId::generate(),
            code: code.into(),
            exclusive_group: None,
            city_code: None,
            powertrain: None,
            trim_id: of,
            starts_on: "2020-01-01".parse().unwrap(),
            ends_on: None,
            price_minor: 120_000,
            ..like.clone()
        };
        let row = benefit::Model {
            id: OrderBenefitId::generate(),
            order_id: id,
            position: at,
            package_id: package.id,
            code: code.into(),
            kind: package.kind,
            name_zh: format!("套餐 {code}"),
            name_en: format!("Package {code}"),
            terms_zh: package.terms_zh.clone(),
            terms_en: package.terms_en.clone(),
            items: package.items.clone(),
            price_minor: 100_000,
        };
        let package = package.into_active_model().reset_all();
        benefit_package::Entity::insert(package).exec_without_returning(db).await.unwrap();
        benefit::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    }
    let change = json!({ "exchange": { "ground": "SEVEN_DAY_NO_REASON", "odometerKm": 40,
        "configurationId": before.configuration_id.to_string(), "fulfillmentMode": "BUILD_TO_ORDER" } });
    let document = "query($input: OrderChangeQuoteInput!) { orderChangeQuote(input: $input) { consequences {
        priceAfter { minorUnits } lostBenefits { code name } } } }";
    let input = json!({ "input": { "orderId": id.to_string(), "change": change } });
    let means = server.customer().data(document, input).await["orderChangeQuote"]["consequences"].clone();
    let name = means["lostBenefits"][0]["name"].as_str().unwrap().to_owned();
    assert!(["套餐 OF-ANOTHER-CAR", "Package OF-ANOTHER-CAR"].contains(&name.as_str()), "{name}");
    assert_eq!(means["lostBenefits"], json!([{ "code": "OF-ANOTHER-CAR", "name": name }]));
    let asked = returned::ask(&server.customer(), &server, id, change, json!({})).await;
    let done = returned::decide(&server.manager(), &server, id, &asked, found(40, json!({}))).await;
    assert_eq!(done["userErrors"], json!([]), "{done}");
    let new: OrderId = done["changeRequest"]["newOrder"]["id"].as_str().unwrap().parse().unwrap();
    let had = benefit::Entity::find().filter(benefit::Column::OrderId.eq(new)).all(db).await.unwrap();
    let had: Vec<_> = had.iter().map(|row| (row.code.as_str(), row.price_minor)).collect();
    assert_eq!(had, [("GOES-OVER", 120_000)], "at its price of now");
    let made = order_row(&server, new).await;
    assert_eq!(made.total_minor, means["priceAfter"]["minorUnits"].as_i64().unwrap());
    assert_eq!(super::lines_minor(&server, new).await, made.total_minor);
}

#[tokio::test]
async fn a_car_that_was_never_seen_handed_over_comes_back_all_the_same() {
    use CommercialStatus::{Allocated, Free};
    let cases = [
        (PhysicalStatus::InTransit, PhysicalStatus::InStock),
        (PhysicalStatus::QualityHold, PhysicalStatus::QualityHold),
    ];
    for (seen, then) in cases {
        let server = Server::start().await;
        let id = handed_over(&server).await;
        let vehicle = order_row(&server, id).await.vehicle_id.unwrap();
        let last_seen = vehicle_unit::ActiveModel {
            physical_status: Set(seen),
            resume_to: Set(None),
            commercial_status: Set(Allocated),
            ..Default::default()
        };
        update_car(&server, vehicle, last_seen).await;
        let asked = returned::ask(&server.customer(), &server, id, back("SEVEN_DAY_NO_REASON", 40), json!({})).await;
        let done = returned::decide(&server.manager(), &server, id, &asked, found(40, json!({}))).await;
        assert_eq!(done["userErrors"], json!([]), "{done}");
        let now = car(&server, vehicle).await;
        assert_eq!((now.physical_status, now.commercial_status), (then, Free), "last seen {seen}");
        assert_eq!(order_row(&server, id).await.vehicle_id, None);
    }
}

#[tokio::test]
async fn a_manager_is_kind_within_a_bound_and_an_operator_beyond_it() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let grant = async |client: &Client, asked: &Value, more: Value| {
        let mut said = json!({ "redInvoiceNumber": key()[..20] });
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        decide(client, &server, id, &asked["changeRequest"], said).await
    };
    let asked = ask(&server.customer(), &server, id, &kindness(600_000)).await;
    let before = order_row(&server, id).await;
    let refused = grant(&server.manager(), &asked, json!({})).await;
    assert_eq!(code_and_field(&refused), json!(["FORBIDDEN", ["input", "refundMinor"]]));
    assert_eq!((order_row(&server, id).await, refunds(&server, id).await.len()), (before.clone(), 0));
    let too_much = grant(&server.operator(), &asked, json!({ "refundMinor": "99999999999" })).await;
    assert_eq!(code_and_field(&too_much), json!(["LIMIT_REACHED", ["input", "refundMinor"]]));
    let granted = grant(&server.manager(), &asked, json!({ "refundMinor": "400000" })).await;
    assert_eq!(granted["userErrors"], json!([]));
    provider_is_done(&server, id).await;
    // What was granted before counts.
    let again = ask(&server.customer(), &server, id, &kindness(200_000)).await;
    assert_eq!(again["userErrors"], json!([]), "{again}");
    let refused = grant(&server.manager(), &again, json!({})).await;
    assert_eq!(code_and_field(&refused)[0], "FORBIDDEN");
    assert_eq!(grant(&server.operator(), &again, json!({})).await["userErrors"], json!([]));
    assert_eq!(order_row(&server, id).await.total_minor, before.total_minor - 600_000);
}

async fn sells_as(server: &Server, id: StoreId, model: SalesModel) {
    let of = store::Entity::update_many().col_expr(store::Column::SalesModel, Expr::value(model));
    of.filter(store::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
}

#[tokio::test]
async fn what_a_sale_earns_goes_over_with_it() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    sells_as(&server, server.demo.store, SalesModel::Agency).await;
    let id = ordered(&server, "PLACED").await;
    let old = order_row(&server, id).await.store_id;
    let made = lines(&server, id).await;
    assert_eq!(made.iter().map(|line| (line.store_id, line.amount_minor)).collect::<Vec<_>>(), [(Some(old), 50_000)]);
    let new = alike(&server, id).await;
    let hands_over = json!({ "store": { "deliveryStoreId": new.to_string() } });
    let done = ask(&server.customer(), &server, id, &hands_over).await;
    assert_eq!((&done["userErrors"], &done["changeRequest"]["state"]), (&json!([]), &json!("DONE")));
    assert_eq!(lines(&server, id).await, made, "who sells is the same");
    let done = ask(&server.customer(), &server, id, &json!({ "store": { "storeId": new.to_string() } })).await;
    assert_eq!((&done["userErrors"], &done["changeRequest"]["state"]), (&json!([]), &json!("DONE")));
    let all = lines(&server, id).await;
    let mut sums: Vec<_> = [old, new]
        .map(|store| all.iter().filter(|line| line.store_id == Some(store)).map(|line| line.amount_minor).sum::<i64>())
        .to_vec();
    assert_eq!((all.len(), sums.remove(0), sums.remove(0)), (3, 0, 50_000));
    let standing: Vec<_> = all.iter().filter(|line| !line.reversed && line.reverses_id.is_none()).collect();
    assert_eq!(standing.iter().map(|line| line.store_id).collect::<Vec<_>>(), [Some(new)]);
}

#[tokio::test]
async fn a_dealers_order_goes_over_to_no_other_seller() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let row = order_row(&server, id).await;
    let db = server.db().conn();
    let own = store::Entity::find_by_id(row.store_id).one(db).await.unwrap().unwrap();
    let others = store::Entity::find().filter(store::Column::Id.ne(row.store_id)).all(db).await.unwrap();
    let other = others.iter().find(|other| other.organization_id != own.organization_id).expect("a store of others");
    for dealer in [row.store_id, other.id] {
        sells_as(&server, dealer, SalesModel::Wholesale).await;
    }
    let dealt = order::ActiveModel { sales_model: Set(SalesModel::Wholesale), ..Default::default() };
    update_order(&server, id, dealt).await;
    let before = order_row(&server, id).await;
    let change = json!({ "store": { "storeId": other.id.to_string() } });
    for client in [server.customer(), server.manager(), server.operator()] {
        let refused = ask(&client, &server, id, &change).await;
        assert_eq!(code_and_field(&refused), json!(["NOT_ELIGIBLE", ["input", "change", "store", "storeId"]]));
        assert_eq!(quote(&client, id, &change).await.code(), Some("BAD_USER_INPUT"));
    }
    assert_eq!(order_row(&server, id).await, before);
    // The dealer's own other store.
    let theirs = store::ActiveModel { organization_id: Set(own.organization_id), ..Default::default() };
    store::Entity::update_many().set(theirs).filter(store::Column::Id.eq(other.id)).exec(db).await.unwrap();
    let done = ask(&server.customer(), &server, id, &change).await;
    assert_eq!((&done["userErrors"], &done["changeRequest"]["state"]), (&json!([]), &json!("DONE")));
}

#[tokio::test]
async fn who_buys_is_the_customers_word_or_a_managers_and_their_number_goes_with_the_request() {
    let server = Server::start().await;
    let id = stage(&server, "PLACED").await;
    let before = order_row(&server, id).await;
    let buyer = json!({ "buyer": { "type": "INDIVIDUAL", "name": "李四光", "idNumber": "310101199001010012" } });
    let number = async |request: &Value| {
        let id: ChangeRequestId = request["id"].as_str().unwrap().parse().unwrap();
        let row = change_request::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap();
        row.buyer_id_number.is_some()
    };
    let consultant = server.consultant();
    let quoted = quote(&consultant, id, &buyer).await;
    assert_eq!(quoted.data["orderChangeQuote"]["isImmediate"], false);
    for end in ["WITHDRAW", "REJECT", "APPROVE"] {
        let asked = ask(&consultant, &server, id, &buyer).await;
        let request = &asked["changeRequest"];
        assert_eq!((&asked["userErrors"], &request["state"]), (&json!([]), &json!("SUBMITTED")), "{end}");
        assert!(number(request).await, "{end}");
        let waits = order_row(&server, id).await;
        assert_eq!(waits.buyer_name, before.buyer_name, "nothing has changed");
        if end == "WITHDRAW" {
            // The customer has not said so.
            let input =
                json!({ "idempotencyKey": key(), "changeRequestId": request["id"], "expectedVersion": waits.version });
            let withdrawn = server.customer().payload(WITHDRAW, json!({ "input": input })).await;
            assert_eq!(withdrawn["changeRequest"]["state"], "WITHDRAWN");
        } else {
            let decided = decide(&server.manager(), &server, id, request, json!({ "decision": end })).await;
            assert_eq!(decided["userErrors"], json!([]));
        }
        assert!(!number(request).await, "{end}");
    }
    let now = order_row(&server, id).await;
    assert!(now.buyer_name != before.buyer_name && now.buyer_id_number.is_some());
    for client in [server.customer(), server.manager()] {
        let quoted = quote(&client, id, &buyer).await;
        assert_eq!(quoted.data["orderChangeQuote"]["isImmediate"], true);
        let done = ask(&client, &server, id, &buyer).await;
        assert_eq!(done["changeRequest"]["state"], "DONE", "{done}");
        assert!(!number(&done["changeRequest"]).await);
    }
}
