//! `milepost token`.

use anyhow::{Result, bail};
use chrono::Duration;
use entity::{Role, StoreId};

use super::print;
use crate::access::{Scope, Viewer, ViewerKind};
use crate::app::Clock;
use crate::identity::dev;
use crate::seed::demo_people;
use crate::settings::Settings;

#[derive(clap::Args)]
pub struct Args {
    /// As what: customer, consultant, store-manager, operator or partner-system.
    #[arg(long, value_parser = role)]
    role: Role,
    /// For whom: cus_… for a customer, stf_… for staff, sys_… for a system; the demo data's person of the role when left out.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// The store of a consultant or store manager, sto_…; the demo data's store when left out.
    #[arg(long, value_name = "ID")]
    store: Option<StoreId>,
    /// An extra right: pii:read. May be given several times.
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<Scope>,
    /// How long it counts: 45s, 30m, 1h, 7d.
    #[arg(long, default_value = "1h", value_name = "TIME", value_parser = time)]
    ttl: Duration,
}

pub fn run(args: &Args, settings: &Settings) -> Result<()> {
    if !settings.dev() {
        bail!("the development key signs nothing in production; setting mode is production");
    }
    let viewer = Viewer { scopes: args.scope.iter().copied().collect(), ..Viewer::of(kind(args)?) };
    let Some(claims) = dev::claims(&settings.auth, &viewer, Clock::default().now(), args.ttl) else {
        bail!("no token for this role");
    };
    print(&format!("{}\n", dev::sign(&claims)?))
}

fn kind(args: &Args) -> Result<ViewerKind> {
    let people = demo_people();
    fn subject<I: std::str::FromStr<Err = entity::IdError>>(args: &Args, usual: I) -> Result<I> {
        match &args.subject {
            Some(text) => text.parse().map_err(|error| anyhow::anyhow!("--subject: {error}")),
            None => Ok(usual),
        }
    }
    if args.store.is_some() && !matches!(args.role, Role::Consultant | Role::StoreManager) {
        bail!("--store is for consultants and store managers");
    }
    let store = args.store.unwrap_or(people.store);
    Ok(match args.role {
        Role::Customer => ViewerKind::Customer(subject(args, people.customer)?),
        Role::Consultant => ViewerKind::Staff { id: subject(args, people.consultant)?, store, manager: false },
        Role::StoreManager => ViewerKind::Staff { id: subject(args, people.manager)?, store, manager: true },
        Role::Operator => ViewerKind::Operator(subject(args, people.operator)?),
        Role::PartnerSystem => ViewerKind::System(subject(args, people.system)?),
    })
}

fn role(text: &str) -> Result<Role, String> {
    let wanted = text.replace('-', "_").to_ascii_uppercase();
    Role::ALL.iter().copied().find(|role| role.to_string() == wanted).ok_or_else(|| {
        let all: Vec<String> =
            Role::ALL.iter().map(|role| role.to_string().replace('_', "-").to_ascii_lowercase()).collect();
        format!("there are {}", all.join(", "))
    })
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| "there is pii:read".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "a time like 45s, 30m, 1h or 7d, up to 3650d".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds =
        number.checked_mul(seconds).filter(|seconds| (1..=3650 * 86_400).contains(seconds)).ok_or_else(wrong)?;
    Ok(Duration::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [("45s", Some(45)), ("30m", Some(1800)), ("1h", Some(3600)), ("7d", Some(604_800))] {
            assert_eq!(time(text).ok().map(|time| time.num_seconds()), seconds, "{text}");
        }
        for text in ["", "h", "1", "1w", "-1h", "0s", "4000d", "99999999999999999h", "１h"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn roles_are_read() {
        assert_eq!(role("store-manager"), Ok(Role::StoreManager));
        assert_eq!(role("CUSTOMER"), Ok(Role::Customer));
        assert!(role("admin").is_err());
    }
}
