//! What the user may do about a failure, as a fact.
//!
//! Invariant: nothing here names a flag, a command or a file. The embedder that shows a failure
//! words the remedy for its users.

use crate::declare::Former;

/// Something that the user may do about a failure.
///
/// ```
/// use kim_model::{Failure, Limit, Limited, Remedy};
///
/// let remedy = Remedy::RaiseLimit { of: Limited::Program, limit: Limit::Computing };
/// let failure = Failure::Other("it computed for too long".to_owned()).with_remedy(remedy.clone());
/// assert_eq!(failure.to_string(), "it computed for too long");
/// assert_eq!(failure.remedy(), Some(&remedy));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// Allow a program or plugin more than its limit.
    RaiseLimit {
        /// The program or plugin that reached the limit.
        of: Limited,
        /// The limit.
        limit: Limit,
    },
    /// Let a plugin reach what its schema requests and the project does not grant.
    Grant {
        /// The plugin's name.
        plugin: String,
        /// What to grant: AWS services or hosts.
        capability: Capability,
        /// The whole grant: what is granted already, and what was missing.
        all: Vec<String>,
    },
    /// Set a property of a plugin's configuration.
    Configure {
        /// The plugin's name.
        plugin: String,
        /// The property that is missing: a host.
        property: String,
    },
    /// Let the program refer to the stacks of another project.
    Refer {
        /// The other project's name.
        project: String,
    },
    /// Use one plugin less: only one of two that offer the same.
    RemovePlugin,
    /// Use one more plugin: the one that offers the kind or lookup.
    AddPlugin,
    /// Make another resource a target, too.
    AddTarget {
        /// Its qualified name, `main/node-1`.
        resource: String,
    },
    /// No longer exclude a resource.
    Include {
        /// Its qualified name, `main/node-1`.
        resource: String,
    },
    /// Declare what a resource or component formerly was, or that it is another.
    DeclareFormer {
        /// What is different of its former URN.
        former: Box<Former>,
    },
    /// Look at the outcome of the run that took the stack over, then plan again.
    SeeTakingRun,
    /// Carry out fewer steps at a time.
    FewerSteps,
    /// Compile for WebAssembly as a component.
    BuildComponent,
}

/// A program or plugin, whose limits a user may raise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Limited {
    /// The deployment program.
    Program,
    /// The plugin of that name.
    Plugin(String),
}

/// A limit of a program or plugin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// The memory of an instance.
    Memory,
    /// The computing time of a call.
    Computing,
    /// The time of a call, waiting included.
    Waiting,
}

/// What a plugin may reach beyond itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capability {
    /// AWS services.
    Aws,
    /// Hosts by HTTP.
    Http,
}
