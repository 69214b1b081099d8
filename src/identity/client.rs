//! Which app asks. An app names itself, which proves nothing: who uses it is said by the token, which has to be one for
//! this app.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::Viewer;
use crate::graph::{Code, Error};
use crate::settings::{ClientSettings, DEFAULT_CLIENT};

/// An app that may ask.
#[derive(Debug)]
pub struct Client {
    /// Its name in the settings.
    pub name: String,
    /// What it may.
    pub settings: ClientSettings,
}

impl Client {
    /// Refuses a caller who may not come with this app.
    ///
    /// # Errors
    /// Sign in first, or not for you.
    pub fn admit(&self, viewer: &Viewer) -> Result<(), Error> {
        if self.settings.roles.contains(&viewer.role()) { Ok(()) } else { Err(viewer.refused()) }
    }
}

/// The apps that may ask. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    known: Arc<BTreeMap<String, Arc<Client>>>,
    default: Arc<Client>,
}

impl Clients {
    /// Those of the settings.
    pub fn new(settings: BTreeMap<String, ClientSettings>) -> Self {
        let client = |(name, settings): (String, _)| (name.clone(), Arc::new(Client { name, settings }));
        let known: BTreeMap<_, _> = settings.into_iter().map(client).collect();
        let default = known.get(DEFAULT_CLIENT).expect("the default settings hold it").clone();
        Self { known: Arc::new(known), default }
    }

    /// The client of this name; the default one when none is given.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn named(&self, name: Option<&str>) -> Result<&Arc<Client>, Error> {
        match name {
            None => Ok(&self.default),
            Some(name) => self.known.get(name).ok_or_else(|| Error::shown(Code::Forbidden, "client-unknown")),
        }
    }

    /// The client of those who name none.
    pub fn usual(&self) -> &Arc<Client> {
        &self.default
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.known.values()
    }
}
