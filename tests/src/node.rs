//! A node of a Kimberlite cluster on this machine: its first boot in a scratch root, then the unit
//! that the boot wrote.
//!
//! Invariants: the node runs what the program rendered, except for addresses. Stand-ins that record
//! their arguments replace the tools that change a machine (disks, accounts, packages, services),
//! and nothing else. Each process ends with the value that stands for it.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::account::Account;
use crate::boto::python;
use crate::guests::root as workspace;
use crate::left_out::left_out;
use crate::namespace;

/// The stand-ins: name and shell command.
const STAND_INS: [(&str, &str); 13] = [
    ("mount", "echo \"mount $*\" >> /ran; echo \"$1\" >> /mounted"),
    ("mountpoint", "grep -qx \"$2\" /mounted 2> /dev/null"),
    // A disk has a file system once a file says so.
    (
        "blkid",
        "for last; do :; done; [ -e \"/disks/${last##*/}\" ] || exit 2; case \"$*\" in *UUID*) echo \"uuid-${last##*/}\" ;; esac",
    ),
    (
        "mkfs.ext4",
        "for last; do :; done; echo \"mkfs.ext4 $*\" >> /ran; mkdir -p /disks; : > \"/disks/${last##*/}\"",
    ),
    ("systemctl", "echo \"systemctl $*\" >> /ran"),
    ("resize2fs", "echo \"resize2fs $*\" >> /ran"),
    // No service is started here, so there is none to watch for some seconds.
    ("sleep", ":"),
    // The account is root under another name. Only the name matters here.
    (
        "useradd",
        "for last; do :; done; echo \"$last:x:0:0::/:/usr/sbin/nologin\" >> /etc/passwd; echo \"$last:x:0:\" >> /etc/group",
    ),
    ("chronyd", ":"),
    ("dpkg", "case \"$1\" in --print-architecture) echo amd64 ;; *) exit 1 ;; esac"),
    ("apt-get", "echo \"apt-get $*\" >> /ran"),
    // Downloads come from /web.
    (
        "curl",
        "while [ $# -gt 1 ]; do case \"$1\" in --output) to=$2; shift ;; esac; case \"$1\" in https://*) url=$1 ;; esac; shift; done; \
         case \"$1\" in https://*) url=$1 ;; esac; echo \"curl $url\" >> /ran; cp \"/web/${url##*/}\" \"$to\"",
    ),
    ("certbot", "echo \"certbot $*\" >> /ran; exit 1"),
];

/// The files of this machine's /etc that programs need.
const ETC: [&str; 8] = [
    "passwd",
    "group",
    "nsswitch.conf",
    "ssl",
    "ld.so.cache",
    "resolv.conf",
    "hosts",
    "os-release",
];

/// A node's scratch root.
pub struct Node {
    root: TempDir,
    /// The prefix of a command that runs inside.
    way: &'static [&'static str],
    /// Folders of this machine that are also visible inside.
    binds: Vec<PathBuf>,
}

/// The result of a script.
pub struct Booted {
    /// True if its exit code was 0.
    pub succeeded: bool,
    /// The text that it wrote to the console.
    pub console: String,
}

/// A running database server.
pub struct Server {
    process: Child,
    log: PathBuf,
}

impl Node {
    /// Creates an empty root.
    ///
    /// Returns `None` (and reports it) on a machine where it cannot be entered.
    pub fn new() -> Option<Node> {
        let way = namespace::way()?;
        // The first boot expects them where Ubuntu has them.
        if let Some(tool) = ["/usr/bin/python3", "/usr/bin/openssl"]
            .into_iter()
            .find(|tool| !Path::new(tool).exists())
        {
            left_out(&format!("there is no {tool}, which a node's first boot needs"));
            return None;
        }
        let node = Node {
            root: tempfile::Builder::new().prefix("kim-node-").tempdir().expect("a folder"),
            way,
            binds: vec![],
        };
        for folder in [
            "dev/disk/by-id",
            "dev/disk/by-label",
            "etc/chrony/conf.d",
            "var/log",
            "var/lib",
            "tmp",
            "run",
            "root",
            "opt",
            "web",
            "stand-ins",
            "own-local/bin",
            "own-local/sbin",
            "own-local/share",
            "etc/systemd/system",
        ] {
            std::fs::create_dir_all(node.path(folder)).expect("the folder is made");
        }
        for name in ETC {
            let copied = Command::new("cp")
                .arg("-RL")
                .arg(Path::new("/etc").join(name))
                .arg(node.path("etc"))
                .output();
            copied.expect("cp is there");
        }
        node.write("etc/fstab", "");
        for (name, does) in STAND_INS {
            node.stand_in(name, does);
        }
        Some(node)
    }

    /// Creates a root with the same installed files.
    ///
    /// Its folders for settings and data are empty. Returns `None` as [`Node::new`] does.
    pub fn installed_alike(&self) -> Option<Node> {
        let node = Node::new()?;
        let copied =
            Command::new("cp").arg("-a").arg(self.path("own-local")).arg(node.path("")).status();
        assert!(copied.is_ok_and(|status| status.success()), "what is installed cannot be copied");
        for folder in ["etc/kimberlite", "var/lib/kimberlite/log"] {
            std::fs::create_dir_all(node.path(folder)).expect("the folder is made");
        }
        Some(node)
    }

    /// Returns the path of a file of the node.
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.path().join(file.trim_start_matches('/'))
    }

    /// Returns the content of a file of the node; empty if it does not exist.
    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap_or_default()
    }

    /// Writes a file of the node.
    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).expect("it can be written");
    }

    /// Replaces the stand-in of a tool by a line for `sh`.
    pub fn stand_in(&self, name: &str, does: &str) {
        let file = format!("stand-ins/{name}");
        self.write(&file, &format!("#!/bin/sh\n{does}\n"));
        std::fs::set_permissions(self.path(&file), PermissionsExt::from_mode(0o755))
            .expect("it is ours");
    }

    /// Installs the real `aws` command line, with that account.
    ///
    /// # Panics
    /// No Python has it.
    pub fn aws_cli(&mut self, account: &Account) {
        let python = python("awscli").expect("who has moto has the aws CLI");
        let says = "import sys; print(sys.executable); print(sys.prefix); print(sys.base_prefix)";
        let output = Command::new(&python).args(["-c", says]).output().expect("python starts");
        let says = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = says.lines();
        let python = lines.next().expect("it has a path");
        // /usr is visible already.
        self.binds.extend(lines.filter(|prefix| !prefix.starts_with("/usr")).map(PathBuf::from));
        let variables: Vec<String> =
            account.variables().iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.stand_in(
            "aws",
            &format!("exec env {} {} -m awscli \"$@\"", variables.join(" "), python),
        );
    }

    /// Attaches a volume as a disk, such as `nvme1n1`.
    ///
    /// `by` is `id`, or `label` for that of its file system.
    pub fn attach(&self, by: &str, name: &str, disk: &str) {
        // An empty disk is all zeros.
        let device =
            std::fs::File::create(self.path(&format!("dev/{disk}"))).expect("it can be made");
        device.set_len(4 << 20).expect("it is a file");
        let link = self.path(&format!("dev/disk/{by}/{name}"));
        symlink(format!("../../{disk}"), link).expect("it is not there yet");
    }

    /// Detaches a volume.
    pub fn detach(&self, by: &str, name: &str) {
        std::fs::remove_file(self.path(&format!("dev/disk/{by}/{name}"))).expect("it was attached");
    }

    /// Attaches the two volumes that a script names.
    pub fn attach_volumes_of(&self, script: &str) {
        let ids = script
            .lines()
            .filter_map(|line| line.strip_prefix("mount_volume vol-")?.split(' ').next());
        for (index, id) in ids.enumerate() {
            let name = format!("nvme-Amazon_Elastic_Block_Store_vol{id}");
            self.attach("by-id", &name, &format!("nvme{}n1", index + 1));
        }
    }

    /// Runs a first-boot script.
    pub fn boot(&self, script: &str) -> Booted {
        self.write("tmp/user-data.sh", script);
        self.run(&["bash", "/tmp/user-data.sh"])
    }

    /// Runs a command inside the root.
    pub fn run(&self, command: &[&str]) -> Booted {
        let output = self.command(&[], command).output().expect("unshare is there");
        let console = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat();
        Booted { succeeded: output.status.success(), console }
    }

    /// Starts the unit that the first boot wrote, as systemd would.
    ///
    /// Runs its `ExecStart` with its `EnvironmentFile`.
    pub fn start(&self) -> Server {
        let unit = self.read("etc/systemd/system/kimberlite.service");
        let setting =
            |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let environment = self.read(setting("EnvironmentFile="));
        let variables: Vec<&str> = environment.lines().filter(|line| line.contains('=')).collect();
        let command: Vec<&str> = setting("ExecStart=").split_whitespace().collect();
        let log = self.path("server.log");
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .expect("it can be written");
        let mut process = self.command(&variables, &command);
        process.stdout(file.try_clone().expect("a file")).stderr(file).env("RUST_BACKTRACE", "0");
        Server { process: process.spawn().expect("unshare is there"), log }
    }

    fn command(&self, variables: &[&str], command: &[&str]) -> Command {
        let mut process = Command::new(self.way[0]);
        let binds: Vec<String> =
            self.binds.iter().map(|folder| folder.display().to_string()).collect();
        process.args(&self.way[1..]).arg("sh").arg(workspace().join("tests/src/node.sh"));
        process
            .arg(self.root.path())
            .arg(binds.join(":"))
            .args(variables)
            .args(command)
            .stdin(Stdio::null());
        process
    }
}

impl Server {
    /// Returns its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Returns its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it (SIGKILL).
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        self.process.wait().expect("it is ours");
    }

    /// Waits until it ends by itself. Returns true if its exit code is 0.
    pub fn ends(&mut self) -> bool {
        self.process.wait().expect("it is ours").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
