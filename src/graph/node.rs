//! Look-up by id over all rooms (domain.md 2.3, choice 5). A new kind is one line in `nodes!`.

use std::collections::HashMap;

use async_graphql::{Context, ID, Interface, Object, OutputType, Union};
use entity::{
    BenefitPackageId, ChangeRequestId, ConfigurationId, ConversationId, CustomerId, DealPriceId, FinanceApplicationId,
    FinancePlanId, FollowUpTaskId, IncentiveId, InvoiceId, InvoiceProfileId, LeadId, LoyaltyAccountId, MessageId,
    MilestoneId, OptionGroupId, OptionId, OrderId, PaymentId, PrefixedId, ProductionSlotId, QualityDamageCaseId,
    QuoteId, RedemptionId, RedemptionItemId, SettlementStatementId, SharedFileId, StockAlertId, StockAlertRuleId,
    StockQuotaEntryId, StockQuotaId, StockTransferId, StoreId, TestDriveId, TrimId, VehicleModelId, VehicleUnitId,
    WebhookDeliveryId, WebhookEndpointId,
};

use super::call::{Call, CallExt};
use super::error::{Code, Error, Result};
use crate::catalog::{
    BenefitPackage, BenefitPackageById, CarOption, Configuration, ConfigurationById, FinancePlan, FinancePlanById,
    Incentive, IncentiveById, OptionById, OptionGroup, OptionGroupById, Trim, TrimById, VehicleModel, VehicleModelById,
};
use crate::customer::{Customer, CustomerById, InvoiceProfile, InvoiceProfileById};
use crate::inventory::quality::{QualityDamageCase, QualityDamageCaseById};
use crate::inventory::quota::{OneInOneOutEntry, StockQuota, StockQuotaById, StockQuotaEntryById};
use crate::inventory::{
    ProductionSlot, ProductionSlotById, StockAlert, StockAlertById, StockAlertRule, StockAlertRuleAsked, StockTransfer,
    StockTransferById, VehicleUnit, VehicleUnitById,
};
use crate::lead::{FollowUpTask, FollowUpTaskById, Lead, LeadById, TestDrive, TestDriveById};
use crate::loyalty::{
    LoyaltyAccount, LoyaltyAccountById, Redemption, RedemptionById, RedemptionItem, RedemptionItemById,
};
use crate::order::change::{ChangeRequest, RequestById};
use crate::order::conversation::{Conversation, ConversationById, Message, MessageById, SharedFile, SharedFileById};
use crate::order::deals::{DealPrice, DealPriceById};
use crate::order::quote::{Quote, QuoteById};
use crate::order::settlement::{SettlementStatement, SettlementStatementById};
use crate::order::{
    FinanceApplication, FinanceApplicationById, Invoice, InvoiceById, Milestone, MilestoneById, Order, OrderById,
    Payment, PaymentById,
};
use crate::place::{City, Store, StoreById};
use crate::webhook::{WebhookDelivery, WebhookDeliveryById, WebhookEndpoint, WebhookEndpointById};

/// Most ids of one `nodes` call.
const MAX_IDS: usize = 100;

macro_rules! nodes {
    ($($name:ident: $id:ty => $relation:ty;)*) => {
        /// Something with an id of its own, valid in the whole schema.
        #[derive(Interface, Clone)]
        #[graphql(field(name = "id", method = "resolve_id", ty = "ID", desc = "Type-prefixed ULID, as in `ord_01J…`."))]
        pub enum Node {
            $(
                #[allow(missing_docs, clippy::allow_attributes, reason = "named by the type")]
                $name($name),
            )*
        }

        /// Something that other subgraphs may add to.
        #[derive(Union, Clone)]
        #[graphql(name = "_Entity")]
        pub enum Entity {
            $(
                #[allow(missing_docs, clippy::allow_attributes, reason = "named by the type")]
                $name($name),
            )*
            /// A city, which has a code in place of an id.
            City(City),
        }

        impl From<Node> for Entity {
            fn from(node: Node) -> Self {
                match node {
                    $(Node::$name(object) => Self::$name(object),)*
                }
            }
        }

        /// What the ids of a type's objects begin with; none when they have none.
        pub fn prefix(of: &str) -> Option<&'static str> {
            $(
                if <$name as OutputType>::type_name() == of {
                    return Some(<$id as PrefixedId>::PREFIX);
                }
            )*
            None
        }

        /// Whether a text is the id of an object of this type.
        pub fn is_id(of: &str, id: &str) -> bool {
            $(
                if <$name as OutputType>::type_name() == of {
                    return id.parse::<$id>().is_ok();
                }
            )*
            false
        }

        /// Finds the nodes of these ids, one statement for each kind among them. Hidden is as absent.
        ///
        /// # Errors
        /// When one is no id of such an object, or the store fails.
        pub async fn find(call: &Call, ids: &[ID]) -> Result<HashMap<String, Node>> {
            let mut found = HashMap::new();
            let mut known = 0;
            $(
                let keys: Vec<$id> = ids.iter().filter_map(|id| id.parse().ok()).collect();
                known += keys.len();
                if !keys.is_empty() {
                    let rows = call.link::<$relation>().many(keys.iter().copied()).await?;
                    for (key, row) in keys.into_iter().zip(rows) {
                        if let Some(row) = row {
                            found.insert(key.to_string(), Node::$name(row));
                        }
                    }
                }
            )*
            if known < ids.len() {
                let prefixes = [$(<$id as PrefixedId>::PREFIX),*];
                let wrong = ids.iter().find(|id| {
                    $(id.parse::<$id>().is_err() &&)* true
                });
                let expected = wrong
                    .and_then(|id| id.split_once('_'))
                    .and_then(|(prefix, _)| prefixes.into_iter().find(|known| *known == prefix));
                return Err(Error::argument("id", "id").with("expected", expected.unwrap_or("ord")));
            }
            Ok(found)
        }
    };
}

nodes! {
    Store: StoreId => StoreById;
    Customer: CustomerId => CustomerById;
    InvoiceProfile: InvoiceProfileId => InvoiceProfileById;
    Lead: LeadId => LeadById;
    FollowUpTask: FollowUpTaskId => FollowUpTaskById;
    TestDrive: TestDriveId => TestDriveById;
    VehicleModel: VehicleModelId => VehicleModelById;
    Trim: TrimId => TrimById;
    OptionGroup: OptionGroupId => OptionGroupById;
    CarOption: OptionId => OptionById;
    FinancePlan: FinancePlanId => FinancePlanById;
    BenefitPackage: BenefitPackageId => BenefitPackageById;
    Incentive: IncentiveId => IncentiveById;
    Configuration: ConfigurationId => ConfigurationById;
    VehicleUnit: VehicleUnitId => VehicleUnitById;
    ProductionSlot: ProductionSlotId => ProductionSlotById;
    QualityDamageCase: QualityDamageCaseId => QualityDamageCaseById;
    Order: OrderId => OrderById;
    Milestone: MilestoneId => MilestoneById;
    Payment: PaymentId => PaymentById;
    Invoice: InvoiceId => InvoiceById;
    ChangeRequest: ChangeRequestId => RequestById;
    FinanceApplication: FinanceApplicationId => FinanceApplicationById;
    DealPrice: DealPriceId => DealPriceById;
    Quote: QuoteId => QuoteById;
    StockTransfer: StockTransferId => StockTransferById;
    StockQuota: StockQuotaId => StockQuotaById;
    OneInOneOutEntry: StockQuotaEntryId => StockQuotaEntryById;
    StockAlert: StockAlertId => StockAlertById;
    StockAlertRule: StockAlertRuleId => StockAlertRuleAsked;
    Conversation: ConversationId => ConversationById;
    Message: MessageId => MessageById;
    SharedFile: SharedFileId => SharedFileById;
    SettlementStatement: SettlementStatementId => SettlementStatementById;
    LoyaltyAccount: LoyaltyAccountId => LoyaltyAccountById;
    Redemption: RedemptionId => RedemptionById;
    RedemptionItem: RedemptionItemId => RedemptionItemById;
    WebhookEndpoint: WebhookEndpointId => WebhookEndpointById;
    WebhookDelivery: WebhookDeliveryId => WebhookDeliveryById;
}

/// The object of an id, when there is one that the caller may see.
///
/// # Errors
/// When it is no id of such an object, or the store fails.
pub async fn node(call: &Call, id: &ID) -> Result<Option<Node>> {
    Ok(find(call, std::slice::from_ref(id)).await?.remove(id.as_str()))
}

/// Reads an id of one kind.
///
/// # Errors
/// `BAD_USER_INPUT` with the argument's name and the form that was expected.
pub fn parse_id<K: PrefixedId>(argument: &'static str, id: &ID) -> Result<K> {
    id.parse().map_err(|_| Error::argument(argument, "id").with("expected", K::PREFIX))
}

/// Reads ids of one kind; the error names the place of the first that is none.
///
/// # Errors
/// As [`parse_id`].
pub fn parse_ids<K: PrefixedId>(argument: &'static str, ids: &[ID]) -> Result<Vec<K>> {
    let place = |(place, id)| parse_id(argument, id).map_err(|error| error.at(format!("{argument}.{place}")));
    ids.iter().enumerate().map(place).collect()
}

/// Reads an id of one kind, if one is given.
///
/// # Errors
/// As [`parse_id`].
pub fn parse_some<K: PrefixedId>(argument: &'static str, id: Option<&ID>) -> Result<Option<K>> {
    id.map(|id| parse_id(argument, id)).transpose()
}

/// Look-up by id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object of an id, or null when there is none that the caller may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Type-prefixed ULID, as in `ord_01J…`.")] id: ID,
    ) -> Result<Option<Node>> {
        node(ctx.call(), &id).await
    }

    /// The objects of up to 100 ids, in their order, null where there is none that the caller may see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Type-prefixed ULIDs, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_IDS {
            return Err(Error::shown(Code::BadUserInput, "too-many-ids").with("max", MAX_IDS as i64));
        }
        let found = find(ctx.call(), &ids).await?;
        Ok(ids.iter().map(|id| found.get(id.as_str()).cloned()).collect())
    }
}
