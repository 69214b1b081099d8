//! Who sends events, and for whom it may speak.

use std::collections::BTreeSet;

use entity::place::organization;
use entity::upstream::system;
use entity::{Codes, InboundCode, OrganizationId, OrganizationKind, UpstreamSystemId};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Statement};

use super::envelope::Envelope;
use super::reason::Reason;

/// Who sends events.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The system; none when an operator imports.
    pub system: Option<UpstreamSystemId>,
    /// How it is named in histories.
    pub actor: String,
    /// The one source that it speaks as; any when none.
    source: Option<String>,
    types: Codes,
    reach: Reach,
}

#[derive(Clone, Debug)]
enum Reach {
    All,
    Of(BTreeSet<OrganizationId>),
}

/// An organisation and all below it.
const BELOW: &str = "WITH RECURSIVE below(id) AS (
    SELECT id FROM organization WHERE id = $1
    UNION SELECT organization.id FROM organization JOIN below ON organization.parent_id = below.id
) SELECT id FROM below";

impl Sender {
    /// An operator at the command line, who may load anything.
    pub fn import() -> Self {
        Self {
            system: None,
            actor: "import".into(),
            source: None,
            types: [ALL].into_iter().collect(),
            reach: Reach::All,
        }
    }

    /// The gateway itself, which has asked a system; `actor` is how that one is named.
    pub fn asked(actor: &str) -> Self {
        Self { actor: actor.to_owned(), ..Self::import() }
    }

    /// A registered system, with its organisations as they are now. None when it is not there or not active.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(conn: &impl ConnectionTrait, id: UpstreamSystemId) -> Result<Option<Self>, DbErr> {
        match system::Entity::find_by_id(id).one(conn).await? {
            Some(row) if row.active => Self::of_row(conn, row).await.map(Some),
            _ => Ok(None),
        }
    }

    /// A registered system.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_row(conn: &impl ConnectionTrait, row: system::Model) -> Result<Self, DbErr> {
        let own = organization::Entity::find_by_id(row.organization_id).one(conn).await?;
        let reach = if own.is_some_and(|own| own.kind == OrganizationKind::Oem) {
            Reach::All
        } else {
            let backend = conn.get_database_backend();
            let below = Statement::from_sql_and_values(backend, BELOW, [row.organization_id.into()]);
            let rows = conn.query_all_raw(below).await?;
            Reach::Of(rows.iter().map(|row| row.try_get_by::<OrganizationId, _>(0)).collect::<Result<_, _>>()?)
        };
        Ok(Self {
            system: Some(row.id),
            actor: row.id.to_string(),
            source: Some(row.source),
            types: row.event_types,
            reach,
        })
    }

    /// Whether it may speak for an organisation.
    pub fn reaches(&self, organization: OrganizationId) -> bool {
        match &self.reach {
            Reach::All => true,
            Reach::Of(some) => some.contains(&organization),
        }
    }

    /// Whether it may speak for all: for what belongs to no dealer, as the catalogue.
    pub fn reaches_all(&self) -> bool {
        matches!(self.reach, Reach::All)
    }

    /// Refuses what it may not speak of.
    ///
    /// # Errors
    /// `FOREIGN_ORGANIZATION` at `field`.
    pub fn check(&self, organization: OrganizationId, field: &str) -> Result<(), Reason> {
        if self.reaches(organization) { Ok(()) } else { Err(foreign(field)) }
    }

    /// Refuses what only the car maker may say.
    ///
    /// # Errors
    /// `FOREIGN_ORGANIZATION` at `field`.
    pub fn check_all(&self, field: &str) -> Result<(), Reason> {
        if self.reaches_all() { Ok(()) } else { Err(foreign(field)) }
    }

    /// Whether an event's source is one that it speaks as.
    pub fn speaks_as(&self, source: &str) -> bool {
        self.source.as_deref().is_none_or(|own| own == source)
    }

    /// Refuses an event that it may not send, whatever it says.
    ///
    /// # Errors
    /// `TYPE_NOT_ALLOWED`.
    pub fn check_type(&self, event: &Envelope) -> Result<(), Reason> {
        if allows(&self.types, &event.kind) {
            return Ok(());
        }
        let reason = Reason::new(InboundCode::TypeNotAllowed, "ingest-type-not-allowed");
        Err(Reason { field: Some("type".into()), ..reason.with("type", event.kind.as_str()) })
    }
}

/// What stands for every type.
pub const ALL: &str = "*";

/// Whether a list of types has this one. `cn.milepost.order.*` stands for all that begin so, `*` for all.
pub fn allows(types: &Codes, kind: &str) -> bool {
    types.0.iter().any(|allowed| match allowed.strip_suffix('*') {
        Some(prefix) if prefix.is_empty() || prefix.ends_with('.') => kind.starts_with(prefix),
        _ => allowed == kind,
    })
}

fn foreign(field: &str) -> Reason {
    Reason::new(InboundCode::ForeignOrganization, "ingest-foreign").at(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_types_names_them_or_their_beginning() {
        let types: Codes = ["cn.milepost.order.*", "cn.milepost.inventory.vehicle.v1"].into_iter().collect();
        for (kind, allowed) in [
            ("cn.milepost.order.milestone.v1", true),
            ("cn.milepost.orders.x.v1", false),
            ("cn.milepost.inventory.vehicle.v1", true),
            ("cn.milepost.inventory.vehicle.v10", false),
            ("", false),
        ] {
            assert_eq!(allows(&types, kind), allowed, "{kind}");
        }
        assert!(allows(&[ALL].into_iter().collect(), "anything"));
        assert!(!allows(&["cn*"].into_iter().collect(), "cn.milepost.order.milestone.v1"));
        assert!(!allows(&Codes::default(), "x"));
    }
}
