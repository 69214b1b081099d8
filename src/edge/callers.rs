//! How many connections each caller holds open: sockets and streams. Who a caller is comes from the token and the
//! connection, never from what the request says (guarantees 6.4).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use crate::access::{Viewer, ViewerKind};
use crate::graph::{Code, Error};
use crate::settings::Limits;

/// The open connections of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Callers(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    all: usize,
    /// Callers without connections are not kept.
    by_caller: HashMap<Caller, usize>,
}

/// Who asks, or holds a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The one the token names.
    Known(String),
    /// Somebody at this address.
    Stranger(IpAddr),
}

impl Caller {
    /// The one whom the token names, or else somebody at this address.
    pub fn of(viewer: &Viewer, address: IpAddr) -> Self {
        match viewer.kind {
            ViewerKind::Anonymous => Self::Stranger(network(address)),
            _ => Self::Known(viewer.actor()),
        }
    }
}

/// The address as one caller has it: of IPv6 a whole network of 64 bits, which a single host may choose from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

/// A connection that is counted until this is dropped.
#[must_use]
pub struct Place {
    callers: Callers,
    caller: Caller,
}

impl Callers {
    /// Counts one more connection of this caller.
    ///
    /// # Errors
    /// When the caller, or the process, holds as many as it may.
    pub fn enter(&self, viewer: &Viewer, address: IpAddr, limits: &Limits) -> Result<Place, Error> {
        let caller = Caller::of(viewer, address);
        let mut open = self.0.lock().expect("no panic while held");
        if open.all >= limits.connections {
            return Err(Error::shown(Code::Unavailable, "connections-all"));
        }
        let own = open.by_caller.entry(caller.clone()).or_default();
        if *own >= limits.connections_per_caller {
            let most = i64::try_from(limits.connections_per_caller).unwrap_or(i64::MAX);
            return Err(Error::shown(Code::Throttled, "connections-of-caller").with("max", most));
        }
        *own += 1;
        open.all += 1;
        Ok(Place { callers: self.clone(), caller })
    }

    /// How many there are.
    pub fn open(&self) -> usize {
        self.0.lock().expect("no panic while held").all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.callers.0.lock().expect("no panic while held");
        open.all -= 1;
        if let Some(own) = open.by_caller.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                open.by_caller.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::CustomerId;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn limits(all: usize, own: usize) -> Limits {
        Limits {
            body_bytes: 1024,
            max_errors: 1,
            connections: all,
            connections_per_caller: own,
            operations_per_socket: 1,
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            let of = |text: &str| Caller::of(&Viewer::anonymous(), text.parse().unwrap());
            assert_eq!(of(one) == of(other), same, "{one} {other}");
        }
    }

    #[test]
    fn a_caller_holds_so_many_and_gives_them_back() {
        let callers = Callers::default();
        let (one, other) = (CustomerId::generate(), CustomerId::generate());
        let viewer = |id| Viewer::of(ViewerKind::Customer(id));
        let limits = limits(3, 2);
        let first = callers.enter(&viewer(one), HERE, &limits).unwrap();
        let second = callers.enter(&viewer(one), HERE, &limits).unwrap();
        let code = |denied: Result<Place, Error>| match denied {
            Err(Error::Shown(shown)) => shown.code,
            _ => panic!("it was let in"),
        };
        assert_eq!(code(callers.enter(&viewer(one), HERE, &limits)), Code::Throttled);
        let third = callers.enter(&viewer(other), HERE, &limits).unwrap();
        assert_eq!(code(callers.enter(&Viewer::anonymous(), HERE, &limits)), Code::Unavailable);
        drop(first);
        let stranger = callers.enter(&Viewer::anonymous(), HERE, &limits).unwrap();
        assert_eq!(callers.open(), 3);
        drop((second, third, stranger));
        assert_eq!(callers.open(), 0);
        assert!(callers.0.lock().unwrap().by_caller.is_empty());
    }
}
