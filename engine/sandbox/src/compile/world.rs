//! The contract that a component implements, and the error for another one.
//!
//! Invariant: a component of another version or world is rejected before any of it runs. The error
//! names that version or world.

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::LoadError;

/// A contract that this version of kim supports.
pub(crate) struct Contract {
    /// What users call such a component, with its article.
    what: &'static str,
    /// The interface that such a component exports, without the version.
    export: &'static str,
    /// The package of its imports, besides WASI. With a slash at its end.
    package: &'static str,
    /// Major and minor version, `0.1`. All its patch releases are supported.
    version: &'static str,
}

/// `kim:program@0.1.0`.
pub(crate) const PROGRAM: Contract = Contract {
    what: "a deployment program",
    export: "kim:program/deployment",
    package: "kim:program/",
    version: "0.1",
};

/// `kim:plugin@0.1.0`.
pub(crate) const PLUGIN: Contract = Contract {
    what: "a provider plugin",
    export: "kim:plugin/provider",
    package: "kim:plugin/",
    version: "0.1",
};

impl Contract {
    /// Rejects a component that does not implement this contract.
    ///
    /// Such a component exports another interface or version, or imports what the host does not
    /// offer.
    pub(crate) fn check(
        &self,
        engine: &Engine,
        component: &Component,
        name: &str,
    ) -> Result<(), LoadError> {
        let ty = component.component_type();
        let exports: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
        let found =
            exports.iter().find_map(|export| Some((*export, export.strip_prefix(self.export)?)));
        match found {
            Some((_, version)) if version.starts_with(&format!("@{}.", self.version)) => {}
            Some((export, _)) => {
                return Err(LoadError::new(format!(
                    "'{name}' implements {export}; this kim supports {}@{}.x: rebuild it with the SDK of this version, or use \
                     the kim that it was built for",
                    self.export, self.version
                )));
            }
            None => return Err(self.other_world(name, &exports)),
        }
        let own = ty
            .imports(engine)
            .map(|(import, _)| import.to_owned())
            .find(|import| self.is_of_another_version(import));
        if let Some(import) = own {
            return Err(LoadError::new(format!(
                "'{name}' needs {import} from its host; this kim offers {}@{}.x: rebuild it with the SDK of this version, or \
                 use the kim that it was built for",
                self.package.trim_end_matches('/'),
                self.version
            )));
        }
        let foreign = ty.imports(engine).map(|(import, _)| import.to_owned());
        let foreign: Vec<String> = foreign.filter(|import| !self.offers(import)).collect();
        if foreign.is_empty() {
            return Ok(());
        }
        Err(LoadError::new(format!(
            "'{name}' needs {} from its host; {} gets only {} and WASI 0.2",
            foreign.join(", "),
            self.what,
            self.package.trim_end_matches('/')
        )))
    }

    /// Returns true if an import is of this contract's package, but of another version.
    fn is_of_another_version(&self, import: &str) -> bool {
        let version = import.strip_prefix(self.package).and_then(|rest| rest.split_once('@'));
        version.is_some_and(|(_, version)| !version.starts_with(&format!("{}.", self.version)))
    }

    /// Returns true if the host offers an import, whatever its version.
    fn offers(&self, import: &str) -> bool {
        import.starts_with(self.package)
            || [
                "wasi:io/",
                "wasi:cli/",
                "wasi:clocks/",
                "wasi:filesystem/",
                "wasi:random/",
                "wasi:sockets/",
            ]
            .iter()
            .any(|interface| import.starts_with(interface))
    }

    /// Returns the error if a component does not export this contract's interface.
    fn other_world(&self, name: &str, exports: &[&str]) -> LoadError {
        let other = [PROGRAM, PLUGIN]
            .into_iter()
            .find(|other| exports.iter().any(|export| export.starts_with(other.export)))
            .map(|other| format!("it is {}", other.what));
        let is = other.unwrap_or_else(|| match exports {
            [] => "it exports nothing".to_owned(),
            exports => format!("it exports {}", exports.join(", ")),
        });
        LoadError::new(format!(
            "'{name}' is not {}: {is}, where {}@{} is expected",
            self.what, self.export, self.version
        ))
    }

    /// Returns the error for a component whose types do not match the contract.
    ///
    /// Its names do match.
    pub(crate) fn mismatch(&self, name: &str, error: &wasmtime::Error) -> LoadError {
        LoadError::new(format!(
            "'{name}' does not fit {}@{}: {error:#}; rebuild it with the SDK of this version",
            self.export, self.version
        ))
    }
}
