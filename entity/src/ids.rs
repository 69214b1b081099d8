//! Identifiers: a ULID with a prefix for its kind at the edge (`ord_01J…`), sixteen bytes in the store
//! (domain.md 2.3, choice 5).
//!
//! A new kind is one line in the list below.

use std::fmt;
use std::str::FromStr;

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;
use uuid::Uuid;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {expected}_01J…")]
pub struct IdError {
    /// The prefix that was wanted.
    pub expected: &'static str,
}

/// What every id can do; lets generic code (node look-up, cursors) name a kind.
pub trait PrefixedId: Copy + Eq + Ord + fmt::Display + FromStr<Err = IdError> + Send + Sync + 'static {
    /// Prefix without the underscore.
    const PREFIX: &'static str;

    /// The sixteen bytes as they stand in the store.
    fn uuid(self) -> Uuid;

    /// The id of these sixteen bytes.
    fn from_uuid(uuid: Uuid) -> Self;
}

fn parse(text: &str, expected: &'static str) -> Result<Uuid, IdError> {
    text.strip_prefix(expected)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()))
        .and_then(|rest| Ulid::from_string(rest).ok())
        .map(|ulid| Uuid::from_bytes(ulid.to_bytes()))
        .ok_or(IdError { expected })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
            pub struct $name(Uuid);

            impl $name {
                /// A new id of this moment.
                pub fn generate() -> Self {
                    Self(Uuid::from_bytes(Ulid::generate().to_bytes()))
                }

                /// An id made from its parts, so that a seed gives the same ids each time.
                pub fn from_parts(timestamp_ms: u64, random: u128) -> Self {
                    Self(Uuid::from_bytes(Ulid::from_parts(timestamp_ms, random).to_bytes()))
                }
            }

            impl PrefixedId for $name {
                const PREFIX: &'static str = $prefix;

                fn uuid(self) -> Uuid {
                    self.0
                }

                fn from_uuid(uuid: Uuid) -> Self {
                    Self(uuid)
                }
            }

            impl crate::Column for $name {
                fn of_bytes(bytes: &[u8]) -> Result<Self, DbErr> {
                    Uuid::from_slice(bytes).map(Self).map_err(crate::cells::wrong)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}_{}", $prefix, Ulid::from_bytes(self.0.into_bytes()))
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl FromStr for $name {
                type Err = IdError;

                fn from_str(text: &str) -> Result<Self, IdError> {
                    parse(text, $prefix).map(Self)
                }
            }

            impl TryFromU64 for $name {
                fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                    Err(DbErr::ConvertFromU64(stringify!($name)))
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
                }
            }
        )*

        /// Every prefix in use; a test holds them apart.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids! {
    OrganizationId = "org";
    StoreId = "sto";
    StaffId = "stf";
    CustomerId = "cus";
    CustomerIdentityId = "cid";
    ConsentId = "cns";
    InvoiceProfileId = "ivp";
    LeadId = "led";
    LeadEventId = "lev";
    LeadTouchpointId = "tpt";
    FollowUpTaskId = "fut";
    TestDriveId = "tdr";
    VehicleModelId = "mdl";
    TrimId = "trm";
    OptionGroupId = "ogr";
    OptionId = "opt";
    OptionRuleId = "orl";
    ConfigurationId = "cfg";
    PriceBookId = "prb";
    IncentiveId = "inc";
    InsuranceRateId = "inr";
    FinancePlanId = "fpl";
    BenefitPackageId = "bnp";
    VehicleUnitId = "veh";
    VehicleEventId = "vev";
    ProductionSlotId = "psl";
    TransportLegId = "tlg";
    AllocationId = "alc";
    VisibilityPolicyId = "vis";
    SortRuleId = "srt";
    StockAlertRuleId = "sar";
    StockAlertId = "sal";
    StockTransferId = "stx";
    QualityDamageCaseId = "qdc";
    QualityDamageEventId = "qde";
    StatusDisplayId = "vsd";
    StockQuotaId = "sqt";
    StockQuotaEntryId = "sqe";
    OrderId = "ord";
    OrderEventId = "oev";
    PriceLineId = "opl";
    OrderBenefitId = "obn";
    QuoteId = "quo";
    DealPriceId = "dlp";
    MilestoneId = "mst";
    MilestoneTemplateId = "mtp";
    PaymentId = "pay";
    PaymentAttemptId = "pat";
    ChangeRequestId = "ocr";
    RefundId = "rfd";
    FinanceApplicationId = "fna";
    ContractTemplateId = "ctt";
    ContractId = "ctr";
    InvoiceId = "inv";
    HandoverCeremonyId = "hoc";
    HandoverAppointmentId = "hap";
    OwnedVehicleId = "own";
    EtaRevisionId = "eta";
    EtaQuantileId = "etq";
    SettlementRuleId = "slr";
    SettlementStatementId = "sts";
    SettlementLineId = "stl";
    SettlementEventId = "sev";
    ConversationId = "cnv";
    MessageId = "msg";
    SharedFileId = "fil";
    LoyaltyAccountId = "pac";
    TierId = "tir";
    PointsLotId = "plt";
    PointsEntryId = "pen";
    GrowthEntryId = "gen";
    RedemptionItemId = "rdi";
    RedemptionId = "rdm";
    EventId = "evt";
    UpstreamSystemId = "sys";
    InboundEventId = "iev";
    WebhookEndpointId = "whe";
    WebhookDeliveryId = "whd";
    WebhookAttemptId = "wha";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn text_form_survives_a_round_trip_and_other_kinds_are_refused() {
        let id = OrderId::generate();
        assert_eq!(id.to_string().parse::<OrderId>(), Ok(id));
        assert_eq!(id.to_string().parse::<StoreId>(), Err(IdError { expected: "sto" }));
        assert!("ord_lowercase".parse::<OrderId>().is_err());
        assert!("ord_01J".parse::<OrderId>().is_err());
        assert!(format!("{id}0").parse::<OrderId>().is_err());
    }

    #[test]
    fn prefixes_are_unique() {
        assert_eq!(PREFIXES.iter().collect::<HashSet<_>>().len(), PREFIXES.len());
    }
}
