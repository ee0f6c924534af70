//! A route, a part of its table's row.

use serde::{Deserialize, Serialize};

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) destination: String,
    pub(crate) target: RouteTarget,
    /// `CreateRouteTable` for the local route, `CreateRoute` for all others.
    pub(crate) origin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RouteTarget {
    Local,
    Gateway(String),
    NatGateway(String),
    Interface(String),
}

impl Route {
    /// Returns the local route, which every table has and keeps.
    pub(crate) fn local(cidr: &str) -> Route {
        Route {
            destination: cidr.to_owned(),
            target: RouteTarget::Local,
            origin: "CreateRouteTable".to_owned(),
        }
    }
}
