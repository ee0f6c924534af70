//! The environment variables of the process, as a value.
//!
//! Invariants: this crate reads the process's environment only in [`Environment::from_process`].
//! Clap reads those that stand for flags (`KIM_STACK`, `KIM_STATE`). A process that this crate
//! starts gets what `is_for_tools` names, and nothing else.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

/// The variables that a toolchain needs.
///
/// They are those of cargo, rustc, C compilers, linkers, git and ssh.
#[rustfmt::skip]
const FOR_TOOLS: &[&str] = &[
    // Who and where this user is.
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LANGUAGE",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
    "TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "CI",
    // Rust. Those that begin with CARGO_ and RUSTUP_ are below.
    "CARGO", "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_BOOTSTRAP", "RUSTC_LINKER",
    "RUSTDOC", "RUSTDOCFLAGS", "RUSTFLAGS", "RUST_BACKTRACE", "RUST_LOG", "RUST_MIN_STACK",
    // The network: proxies and certificates.
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FTP_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NIX_SSL_CERT_FILE",
    // Sources by git and ssh.
    "GIT_SSL_CAINFO", "GIT_SSH", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK",
    // C compilers and linkers. Those for one target (CC_wasm32_wasip2) are below.
    "HOST_CC", "HOST_CXX", "HOST_AR", "HOST_CFLAGS", "TARGET_CC", "TARGET_CXX", "TARGET_AR", "TARGET_CFLAGS",
    "CC", "CXX", "CPP", "LD", "AR", "AS", "NM", "RANLIB", "STRIP", "OBJCOPY",
    "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "ARFLAGS", "ASFLAGS", "CRATE_CC_NO_DEFAULTS",
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH",
    "LIBCLANG_PATH", "LLVM_CONFIG_PATH", "BINDGEN_EXTRA_CLANG_ARGS", "PROTOC", "WASI_SDK_PATH",
    "WASI_SYSROOT", "MAKE", "MAKEFLAGS", "NUM_JOBS", "SOURCE_DATE_EPOCH", "PERL", "PYTHON",
    // macOS.
    "DEVELOPER_DIR", "SDKROOT", "MACOSX_DEPLOYMENT_TARGET", "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH", "__CF_USER_TEXT_ENCODING",
    // Windows.
    "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "OS", "USERNAME", "USERPROFILE",
    "USERDOMAIN", "COMPUTERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "ALLUSERSPROFILE",
    "ProgramData", "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles",
    "CommonProgramFiles(x86)", "CommonProgramW6432", "PUBLIC", "NUMBER_OF_PROCESSORS", "INCLUDE", "LIB",
    "LIBPATH", "VCINSTALLDIR", "VCToolsInstallDir", "VSINSTALLDIR", "VisualStudioVersion",
    "WindowsSdkDir", "WindowsSDKVersion", "WindowsSdkBinPath", "UniversalCRTSdkDir", "UCRTVersion",
];

/// What the names of further such variables begin with.
#[rustfmt::skip]
const FOR_TOOLS_BY_PREFIX: &[&str] = &[
    "LC_", "CARGO_", "RUSTUP_", "SCCACHE_", "CCACHE_", "PROCESSOR_", "VSCMD_", "PKG_CONFIG", "CMAKE_",
    "CC_", "CXX_", "AR_", "RANLIB_", "CFLAGS_", "CXXFLAGS_", "LDFLAGS_", "OPENSSL_",
    "NIX_CC", "NIX_CFLAGS_", "NIX_LDFLAGS", "NIX_BINTOOLS",
];

/// What is in the name of a variable that holds a secret.
#[rustfmt::skip]
const SECRET: &[&str] = &[
    "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "ACCESS_KEY", "API_KEY", "PRIVATE_KEY",
];

/// Returns true if the processes that kim starts get the variable.
///
/// They run the code of others (build scripts, macros), so they get a named list: what a toolchain
/// needs, without secrets, and nothing of kim's and AWS's.
fn is_for_tools(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    // Names of variables have no case on Windows.
    let same =
        |known: &str| if cfg!(windows) { known.eq_ignore_ascii_case(name) } else { known == name };
    let named = FOR_TOOLS.iter().any(|known| same(known))
        || FOR_TOOLS_BY_PREFIX.iter().any(|prefix| name.starts_with(prefix));
    let upper = name.to_ascii_uppercase();
    let secret = upper.ends_with("_KEY")
        || (SECRET.iter().any(|part| upper.contains(part)) && !is_credential_provider(&upper));
    // Cargo sets some for its children. A cargo below must not take its parent's package for its
    // own.
    let of_a_package = name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    named && !secret && !of_a_package
}

/// Returns true for the names of programs that give cargo its credentials.
///
/// They are no secret themselves.
fn is_credential_provider(upper: &str) -> bool {
    upper.starts_with("CARGO_")
        && (upper.ends_with("_CREDENTIAL_PROVIDER") || upper.ends_with("_CREDENTIAL_PROVIDERS"))
}

/// A snapshot of environment variables. Variables without a value count as missing.
///
/// It has no `Debug`, because values may be credentials.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Returns the variables that this process has now.
    pub fn from_process() -> Environment {
        std::env::vars_os().collect()
    }

    /// Returns the value of a variable, or `None` if it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns the value of a variable that is valid Unicode.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str()
    }

    /// Returns the path in a variable.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Creates the command of a process, which gets a named list of the variables.
    ///
    /// Every process that this crate starts is started by it.
    pub fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.variables.iter().filter(|(name, _)| is_for_tools(name)));
        command
    }

    /// Returns a copy in the type of the sandbox. Leaves out what is not valid Unicode.
    pub(crate) fn for_sandbox(&self) -> kim_sandbox::Environment {
        self.variables
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
            .collect()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Environment {
        Environment {
            variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }
}
