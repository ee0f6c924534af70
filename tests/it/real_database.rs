//! The real Kimberlite 0.9.1 runs what `programs/kimberlite` renders.
//!
//! Each node boots in a scratch root of its own, the server starts as its unit says, and the
//! database's own client connects to the stack's output. The database has faults of its own; each
//! is named where a test meets it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use kim_tests::{Boto, Cloud, Moto, Node, Project, Server, python, real_kimberlite};
use serde_json::json;

/// Returns the release archive, one file `kimberlite` in a zip as the database's releases are, and
/// its SHA-256; `None` (and a note) on a machine without Python.
fn archive() -> Option<&'static (PathBuf, String)> {
    static ARCHIVE: LazyLock<Option<(PathBuf, String)>> = LazyLock::new(|| {
        let python = python("zipfile")?;
        let zip = real_kimberlite().join("kimberlite-linux.zip");
        let made = Command::new(python)
            .args(["-c", ZIP])
            .arg(real_kimberlite().join("kimberlite"))
            .arg(&zip)
            .output();
        let made = made.expect("python starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some((zip, String::from_utf8(made.stdout).expect("text").trim().to_owned()))
    });
    ARCHIVE.as_ref()
}

const ZIP: &str = "
import hashlib, os, sys, zipfile
binary, archive = sys.argv[1:]
new = f'{archive}.{os.getpid()}'
with zipfile.ZipFile(new, 'w') as out: out.write(binary, 'kimberlite')
print(hashlib.sha256(open(new, 'rb').read()).hexdigest())
os.rename(new, archive)
";

/// The next free 127.n.0.0/16: each cluster of a test listens at addresses of its own.
static BLOCK: AtomicU8 = AtomicU8::new(21);

/// A deployed stack, and its nodes on this machine.
struct Cluster {
    project: Project,
    cloud: Cloud,
    /// By replica id.
    nodes: Vec<Node>,
    scripts: Vec<String>,
    servers: Vec<Server>,
    /// What replaces `10.0.`.
    block: String,
}

impl Cluster {
    /// Deploys, and boots each node; `None` where this machine cannot.
    fn booted(settings: &[(&str, &str)]) -> Option<Cluster> {
        let cloud = Cloud::start();
        let mut project = Project::kimberlite(&cloud.account());
        let (archive, sum) = archive()?;
        project.set("package", "\"/opt/kimberlite.zip\"").set("sha256", &format!("{sum:?}"));
        for (key, value) in settings {
            project.set(key, value);
        }
        project.up().succeeds();
        let block = format!("127.{}.", BLOCK.fetch_add(1, Ordering::Relaxed));
        let mut cluster =
            Cluster { project, cloud, nodes: vec![], scripts: vec![], servers: vec![], block };
        let count = cluster.project.outputs()["addresses"].as_array().map_or(0, Vec::len);
        for number in 1..=count {
            let script = cluster.script(number);
            let node = Node::new()?;
            node.attach_volumes_of(&script);
            std::fs::hard_link(archive, node.path("opt/kimberlite.zip"))
                .or_else(|_| std::fs::copy(archive, node.path("opt/kimberlite.zip")).map(drop))
                .expect("the archive is there");
            let booted = node.boot(&script);
            assert!(booted.succeeded, "{}", booted.console);
            assert!(
                booted.console.contains(&format!("first boot of node {number} is done")),
                "{}",
                booted.console
            );
            cluster.nodes.push(node);
            cluster.scripts.push(script);
        }
        Some(cluster)
    }

    /// Returns what a node boots with, its addresses on this machine.
    fn script(&self, number: usize) -> String {
        user_data(&self.project, number).replace("10.0.", &self.block)
    }

    /// Starts all nodes, and waits until each has found the others: a write that comes earlier may
    /// never end.
    fn start(&mut self) {
        self.servers = self.nodes.iter().map(Node::start).collect();
        let until = Instant::now() + Duration::from_secs(20);
        let found = |server: &Server| server.log().contains("bootstrap complete");
        while self.nodes.len() > 1 && !self.servers.iter().all(found) {
            assert!(Instant::now() < until, "the nodes do not find each other\n{}", self.logs());
            std::thread::yield_now();
        }
    }

    /// Starts all nodes, creates a table, and writes a row.
    fn serve(&mut self) {
        for _ in 0..5 {
            self.start();
            let written = self
                .sql(&self.client_addresses(), TABLE, &[])
                .and_then(|_| self.insert("1", "one"));
            match written {
                Ok(_) => return,
                Err(why) if !self.is_stalled() => panic!("{why}\n{}", self.logs()),
                Err(_) => self.wipe(),
            }
        }
        panic!("five starts stalled");
    }

    /// Ends all servers and deletes their files.
    fn wipe(&mut self) {
        self.servers.clear();
        for node in &self.nodes {
            for folder in ["log", "projections"] {
                let folder = node.path(&format!("var/lib/kimberlite/{folder}"));
                std::fs::remove_dir_all(&folder)
                    .and_then(|()| std::fs::create_dir(&folder))
                    .expect("it is ours");
            }
            let link = node.path("var/lib/kimberlite/log/projections.db");
            std::os::unix::fs::symlink("/var/lib/kimberlite/projections/projections.db", link)
                .expect("it is empty");
            std::fs::remove_file(node.path("server.log")).expect("it logged");
        }
    }

    /// Returns what a client is given.
    fn client_addresses(&self) -> String {
        let outputs = self.project.outputs();
        outputs["client_addresses"].as_str().expect("a text").replace("10.0.", &self.block)
    }

    /// Sends a statement with the database's client.
    fn sql(&self, addresses: &str, statement: &str, parameters: &[&str]) -> Result<String, String> {
        let mut client = Command::new(real_kimberlite().join("kimberlite-client"));
        client
            .args(["--seconds", "15"])
            .arg(addresses)
            .arg(statement)
            .args(parameters)
            .env("RUST_BACKTRACE", "0");
        let output = client.output().expect("the client is built");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        }
    }

    fn insert(&self, id: &str, text: &str) -> Result<String, String> {
        self.sql(
            &self.client_addresses(),
            "INSERT INTO readings (id, v) VALUES ($1, $2)",
            &[id, text],
        )
    }

    fn rows(&self) -> Result<String, String> {
        self.sql(&self.client_addresses(), "SELECT * FROM readings", &[])
    }

    /// Returns the value of a metric of a node, once it answers.
    fn metric(&self, replica: usize, name: &str) -> Option<f64> {
        let address = self.client_addresses().split(',').nth(replica)?.replace(":7000", ":9090");
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            // The database reads a request once, and may drop one that comes in slowly: it is asked
            // again.
            if let Some(text) = metrics(&address) {
                let line =
                    text.lines().find_map(|line| line.strip_prefix(&format!("kimberlite_{name} ")));
                return line.and_then(|value| value.trim().parse().ok());
            }
            std::thread::yield_now();
        }
        None
    }

    fn leaders(&self) -> usize {
        (0..self.nodes.len())
            .filter(|replica| self.metric(*replica, "is_leader") == Some(1.0))
            .count()
    }

    /// Returns what the servers logged.
    fn logs(&self) -> String {
        self.servers.iter().map(Server::log).collect::<Vec<_>>().join("\n---\n")
    }

    /// Returns whether the replication of a node has ended although its server goes on: a fault of
    /// Kimberlite 0.9.1, which takes a connection that a dying peer resets for an error of its own.
    fn is_stalled(&self) -> bool {
        self.servers.iter().any(|server| server.log().contains("event loop exited with error"))
    }
}

/// Returns what a node boots with.
fn user_data(project: &Project, number: usize) -> String {
    let record = project.record("aws:ec2:Instance", &format!("main/node-{number}"));
    record["inputs"]["user_data"].as_str().expect("there is user data").to_owned()
}

/// Asks for the metrics once.
fn metrics(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream
        .write_all(format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
        .ok()?;
    let mut text = String::new();
    // A reset after the answer is as good as an end.
    let _ = stream.read_to_string(&mut text);
    text.starts_with("HTTP/1.1 200").then_some(text)
}

const TABLE: &str = "CREATE TABLE readings (id BIGINT NOT NULL, v TEXT NOT NULL, PRIMARY KEY (id))";

#[test]
fn three_nodes_serve_and_one_of_them_is_killed() {
    // The database's own fault (see `is_stalled`) hits some of the kills: then a new cluster is
    // tried.
    for _ in 0..5 {
        let Some(mut cluster) = Cluster::booted(&[]) else { return };
        match serves_through_a_kill(&mut cluster) {
            Ok(()) => {
                first_boot_can_be_run_again(&cluster);
                old_renderings_are_refused(&cluster);
                return;
            }
            Err(_) if cluster.is_stalled() => {}
            Err(why) => panic!("{why}\n{}", cluster.logs()),
        }
    }
    panic!("five clusters stalled when one node was killed");
}

fn serves_through_a_kill(cluster: &mut Cluster) -> Result<(), String> {
    cluster.serve();
    assert_eq!(cluster.rows()?, r#"[[BigInt(1), Text("one")]]"#);
    assert_eq!(cluster.leaders(), 1);

    let victim = 1;
    cluster.servers[victim].kill();
    cluster.insert("2", "two")?;
    cluster.servers[victim] = cluster.nodes[victim].start();
    cluster.insert("3", "three")?;
    assert_eq!(
        cluster.rows()?,
        r#"[[BigInt(1), Text("one")], [BigInt(2), Text("two")], [BigInt(3), Text("three")]]"#
    );
    assert_eq!(cluster.leaders(), 1);
    Ok(())
}

/// Where nothing has changed, the database is not restarted: it would forget its tables.
fn first_boot_can_be_run_again(cluster: &Cluster) {
    let node = &cluster.nodes[0];
    let before = node.read("ran");
    let again = node.boot(&cluster.scripts[0]);
    assert!(again.succeeded, "{}", again.console);
    let after = node.read("ran");
    let new = after.strip_prefix(&before).expect("it goes on");
    assert!(
        new.contains("systemctl start kimberlite.service") && !new.contains("restart kimberlite"),
        "{new}"
    );
    assert!(!new.contains("mkfs") && !new.contains("mount /dev"), "{new}");
    assert_eq!(node.read("etc/fstab").lines().count(), 2);
}

/// Units and environments that were rendered before, or could be by mistake.
fn old_renderings_are_refused(cluster: &Cluster) {
    let Some(node) = cluster.nodes[2].installed_alike() else { return };
    let (unit, environment) = (
        cluster.nodes[2].read("etc/systemd/system/kimberlite.service"),
        cluster.nodes[2].read("etc/kimberlite/kimberlite.env"),
    );
    // Other addresses than those of the cluster that runs.
    let elsewhere = |text: &str| text.replace(&cluster.block, "127.199.");
    let refused = |unit: &str, environment: &str, why: &str| {
        node.write("etc/systemd/system/kimberlite.service", &elsewhere(unit));
        node.write("etc/kimberlite/kimberlite.env", &elsewhere(environment));
        let mut server = node.start();
        assert!(!server.ends(), "it runs: {unit}{environment}");
        assert!(server.log().contains(why), "{}", server.log());
        std::fs::remove_file(node.path("server.log")).expect("there is a log");
    };
    let before = "[Service]\nExecStart=/usr/local/bin/kimberlite start --config /etc/kimberlite/config.toml\n";
    refused(before, &environment, "unexpected argument '--config'");
    refused(&unit, &environment.replace("KMB_REPLICA_ID=2", "KMB_REPLICA_ID=3"), "KMB_ variables");
    let without_itself: String = environment
        .lines()
        .map(|line| format!("{}\n", line.split(",2=").next().unwrap_or(line)))
        .collect();
    refused(&unit, &without_itself, "KMB_ variables");
    refused(&unit, &format!("{environment}KMB_DATA=/x\n"), "KMB_DATA is no variable");
    refused(
        &unit.replace("/var/lib/kimberlite/log", "/var/lib/nowhere"),
        &environment,
        "does not exist",
    );
}

#[test]
fn one_node_serves_alone() {
    let Some(mut cluster) = Cluster::booted(&[("nodes", "1"), ("size", "\"small\"")]) else {
        return;
    };
    cluster.serve();
    assert_eq!(cluster.rows().as_deref(), Ok(r#"[[BigInt(1), Text("one")]]"#));
    assert_eq!(cluster.leaders(), 1);
    // The projections are on their own volume.
    let link = cluster.nodes[0].path("var/lib/kimberlite/log/projections.db");
    assert_eq!(
        std::fs::read_link(link).expect("a link"),
        Path::new("/var/lib/kimberlite/projections/projections.db")
    );
    assert!(cluster.nodes[0].path("var/lib/kimberlite/projections/projections.db").is_file());
    // SIGTERM drains and ends.
    let killed = Command::new("kill").arg(cluster.servers[0].id().to_string()).status();
    assert!(killed.is_ok_and(|status| status.success()) && cluster.servers[0].ends());
}

#[test]
fn a_cluster_of_three_does_not_grow_to_five() {
    let Some(mut cluster) = Cluster::booted(&[]) else { return };
    cluster.serve();
    // By hand, as an operator would: the two new nodes first, then one by one the three that stand.
    let grown = |text: &str| {
        let (block, last) = (&cluster.block, format!("2={}2.12:700", cluster.block));
        let more =
            |port: char| format!("{last}{port},3={block}0.13:700{port},4={block}1.14:700{port}");
        text.replace(&format!("{last}1"), &more('1'))
            .replace(&format!("{last}0\n"), &format!("{}\n", more('0')))
    };
    let (unit, environment) = (
        cluster.nodes[2].read("etc/systemd/system/kimberlite.service"),
        cluster.nodes[2].read("etc/kimberlite/kimberlite.env"),
    );
    let mut new = Vec::new();
    for (id, address) in [("3", "0.13"), ("4", "1.14")] {
        let Some(node) = cluster.nodes[2].installed_alike() else { return };
        node.write(
            "etc/systemd/system/kimberlite.service",
            &unit.replace("2.12:7000", &format!("{address}:7000")),
        );
        node.write(
            "etc/kimberlite/kimberlite.env",
            &grown(&environment).replace("ID=2", &format!("ID={id}")),
        );
        new.push(node.start());
        cluster.nodes.push(node);
    }
    for replica in [2, 1, 0] {
        let environment = grown(&cluster.nodes[replica].read("etc/kimberlite/kimberlite.env"));
        cluster.nodes[replica].write("etc/kimberlite/kimberlite.env", &environment);
        cluster.servers[replica].kill();
        cluster.servers[replica] = cluster.nodes[replica].start();
        assert!(
            cluster.metric(replica, "view_number").is_some(),
            "{}",
            cluster.servers[replica].log()
        );
    }
    // That is why the program refuses it. When a release keeps the rows, this fails, and `standing`
    // may let go.
    assert!(cluster.rows().is_err(), "the rows are there: may nodes be added now?");
    cluster.project.set("nodes", "5");
    cluster
        .project
        .up()
        .exits(1)
        .contains(&["config.nodes: 3 nodes stand", "cannot change its members"]);
    drop(new);
}

#[test]
fn first_boot_stops_with_one_line() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    let Some((archive, sum)) = archive() else { return };
    project
        .set("package", "\"https://example.com/kimberlite.zip\"")
        .set("sha256", &format!("{sum:?}"))
        .set("nodes", "1");
    project.up().succeeds();
    let script = &user_data(&project, 1);
    let stopped = |node: &Node, script: &str| {
        let booted = node.boot(script);
        assert!(!booted.succeeded, "{}", booted.console);
        let lines: Vec<&str> =
            booted.console.lines().filter(|line| line.contains("FIRST BOOT STOPPED")).collect();
        let [line] = lines[..] else { panic!("one line tells it: {}", booted.console) };
        assert!(!node.read("ran").contains("start kimberlite.service"), "the unit was started");
        line.to_owned()
    };

    let Some(node) = Node::new() else { return };
    let soon = script.replace("SECONDS + 600", "SECONDS + 1");
    assert_ne!(&soon, script);
    let mut lines = vec![stopped(&node, &soon)];
    node.attach_volumes_of(script);
    lines.push(stopped(&node, script));
    node.write("web/kimberlite.zip", "something else");
    lines.push(stopped(&node, script));
    std::fs::copy(archive, node.path("web/kimberlite.zip")).expect("the archive is there");
    // The second disk holds something that is no file system, or not one alone.
    node.stand_in("blkid", "case \"$*\" in *nvme2n1*) exit 8 ;; *UUID*) echo uuid ;; esac");
    std::fs::remove_file(node.path("mounted")).expect("the disks were mounted");
    lines.push(stopped(&node, script));
    let varies = regex::Regex::new("vol-[0-9a-f]+|[0-9a-f]{64}").expect("a pattern");
    insta::assert_snapshot!(varies.replace_all(&lines.join("\n"), "[…]"));

    // First boot can run again once the cause is corrected. A binary that does not run is reported
    // as one.
    node.stand_in("blkid", "case \"$*\" in *UUID*) echo uuid ;; esac");
    let broken = project.folder().join("broken.zip");
    let zip = "import zipfile,sys; zipfile.ZipFile(sys.argv[1], 'w').writestr('kimberlite', '#!/lib/ld-of-another-libc\\n')";
    let python = python("zipfile").expect("asked before");
    assert!(
        Command::new(python)
            .args(["-c", zip])
            .arg(&broken)
            .status()
            .is_ok_and(|status| status.success())
    );
    let output = Command::new("sha256sum").arg(&broken).output().expect("coreutils are there");
    let other =
        String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default().to_owned();
    std::fs::copy(&broken, node.path("web/kimberlite.zip")).expect("made above");
    let line = stopped(&node, &script.replace(sum.as_str(), &other));
    assert!(line.contains("does not run on this image") && line.contains("glibc"), "{line}");
    std::fs::copy(archive, node.path("web/kimberlite.zip")).expect("the archive is there");
    let booted = node.boot(script);
    assert!(booted.succeeded, "{}", booted.console);
}

/// Creates an active, self-signed authority at moto, and returns its ARN.
fn authority(boto: &Boto) -> String {
    let subject = json!({ "CommonName": "Kimberlite test authority", "Organization": "kim" });
    let made = boto.call(
        "acm-pca",
        "create_certificate_authority",
        json!({
            "CertificateAuthorityType": "ROOT",
            "CertificateAuthorityConfiguration": {
                "KeyAlgorithm": "RSA_2048", "SigningAlgorithm": "SHA256WITHRSA", "Subject": subject,
            },
        }),
    );
    let arn = &made["CertificateAuthorityArn"];
    let csr = boto.call(
        "acm-pca",
        "get_certificate_authority_csr",
        json!({ "CertificateAuthorityArn": arn }),
    );
    let issued = boto.call(
        "acm-pca",
        "issue_certificate",
        json!({
            "CertificateAuthorityArn": arn, "Csr": csr["Csr"], "SigningAlgorithm": "SHA256WITHRSA",
            "TemplateArn": "arn:aws:acm-pca:::template/RootCACertificate/V1",
            "Validity": { "Value": 3650, "Type": "DAYS" },
        }),
    );
    let request =
        json!({ "CertificateAuthorityArn": arn, "CertificateArn": issued["CertificateArn"] });
    let certificate = boto.call("acm-pca", "get_certificate", request);
    let request =
        json!({ "CertificateAuthorityArn": arn, "Certificate": certificate["Certificate"] });
    boto.call("acm-pca", "import_certificate_authority_certificate", request);
    arn.as_str().expect("an ARN").to_owned()
}

#[test]
fn a_private_authority_signs_and_renews() {
    let Some(moto) = Moto::start() else { return };
    let boto = Boto::open(&moto.account()).expect("moto brings boto3");
    let tls = format!("{{ certificates = \"private-ca\", authority = {:?} }}", authority(&boto));
    let Some((mut node, script)) = alone(&[("tls", &tls)]) else { return };
    node.aws_cli(&moto.account());
    let booted = node.boot(&script);
    assert!(booted.succeeded, "{}", booted.console);
    assert!(node.read("ran").contains("systemctl enable --now kimberlite-certificate.timer"));

    // The certificate is the authority's, for this address and this key; the key is nobody else's
    // to read.
    let tls = "/etc/kimberlite/tls";
    let proof = format!(
        "cd {tls} && openssl verify -CAfile ca.crt server.crt && openssl x509 -in server.crt -noout -subject && \
         test \"$(openssl x509 -in server.crt -noout -pubkey)\" = \"$(openssl pkey -in server.key -pubout)\" && \
         stat -c %a server.key && ls -A"
    );
    let holds = node.run(&["bash", "-c", &proof]);
    insta::assert_snapshot!(holds.console);
    assert!(holds.succeeded);

    // It is kept while it is good, and renewed with another key before it ends.
    let first = node.read(&format!("{tls}/server.crt"));
    let again = || node.run(&["/usr/local/sbin/kimberlite-certificate"]);
    assert!(again().succeeded);
    assert_eq!(node.read(&format!("{tls}/server.crt")), first);
    let old = format!(
        "cd {tls} && openssl req -x509 -key server.key -days 10 -subj /CN=old -out server.crt"
    );
    assert!(node.run(&["bash", "-c", &old]).succeeded);
    let renewed = again();
    assert!(renewed.succeeded, "{}", renewed.console);
    assert!(node.run(&["bash", "-c", &proof]).succeeded);
    assert_ne!(node.read(&format!("{tls}/server.crt")), first);

    // An authority that does not sign stops first boot with its line.
    std::fs::remove_file(node.path(&format!("{tls}/server.crt"))).expect("it is there");
    let stopped = node.boot(&script.replace("certificate-authority/", "certificate-authority/no-"));
    assert!(
        !stopped.succeeded && stopped.console.contains("FIRST BOOT STOPPED at 'certificate'"),
        "{}",
        stopped.console
    );
}

#[test]
fn lets_encrypt_is_asked_by_certbot() {
    let tls = "{ certificates = \"lets-encrypt\", domain = \"db.example.com\", zone = \"Z0123456789ABC\" }";
    let Some((node, script)) = alone(&[("tls", tls)]) else { return };
    let stopped = node.boot(&script);
    assert!(
        !stopped.succeeded
            && stopped.console.contains("may this role change the zone Z0123456789ABC?")
    );
    // Let's Encrypt is not reachable from a test: what certbot leaves behind is made by hand, as
    // its manual says.
    node.stand_in(
        "certbot",
        "echo \"certbot $*\" >> /ran; live=/etc/letsencrypt/live/node-1.db.example.com; mkdir -p $live; cd $live; \
         openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=node-1.db.example.com -keyout privkey.pem \
         -out fullchain.pem 2> /dev/null; cp fullchain.pem chain.pem",
    );
    let booted = node.boot(&script);
    assert!(booted.succeeded, "{}", booted.console);
    let asked =
        node.read("ran").lines().rfind(|line| line.starts_with("certbot")).map(str::to_owned);
    insta::assert_snapshot!(asked.unwrap_or_default(), @"certbot certonly --non-interactive --agree-tos --register-unsafely-without-email --dns-route53 --keep-until-expiring --cert-name node-1.db.example.com -d node-1.db.example.com");
    let mode = "cd /etc/kimberlite/tls && stat -c '%n %a' *";
    insta::assert_snapshot!(node.run(&["bash", "-c", mode]).console, @r#"
    ca.crt 644
    server.crt 644
    server.key 640
    "#);
}

/// A node of a cluster of one, ready to boot, with the script that it boots with.
fn alone(settings: &[(&str, &str)]) -> Option<(Node, String)> {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    let (archive, sum) = archive()?;
    project
        .set("nodes", "1")
        .set("package", "\"/opt/kimberlite.zip\"")
        .set("sha256", &format!("{sum:?}"));
    for (key, value) in settings {
        project.set(key, value);
    }
    project.up().succeeds();
    let script = user_data(&project, 1);
    let node = Node::new()?;
    node.attach_volumes_of(&script);
    std::fs::copy(archive, node.path("opt/kimberlite.zip")).expect("the archive is there");
    Some((node, script))
}

#[test]
fn a_volume_is_created_again_from_its_snapshot() {
    let Some(mut cluster) = Cluster::booted(&[]) else { return };
    let Some(boto) = cluster.cloud.boto() else { return };
    cluster.serve();

    // A snapshot of node 2's log: at the local AWS, and of the folder that stands for the disk.
    let volume = cluster.project.outputs()["volumes"]["node-2"]["log"].clone();
    let snapshot = boto.call("ec2", "create_snapshot", json!({ "VolumeId": volume }));
    let snapshot = snapshot["SnapshotId"].as_str().expect("an id").to_owned();
    cluster.servers[1].kill();
    let (data, kept) = (
        cluster.nodes[1].path("var/lib/kimberlite/log"),
        cluster.project.folder().join("snapshot"),
    );
    std::fs::rename(&data, &kept).expect("the disk is taken away");
    std::fs::create_dir(&data).expect("the mount point stays");

    // The volume is deleted outside kim, and kim creates it again.
    boto.call("ec2", "detach_volume", json!({ "VolumeId": volume, "Force": true }));
    let state = || {
        boto.list("ec2", "describe_volumes", json!({ "VolumeIds": [volume] }), "Volumes")[0]["State"].clone()
    };
    let until = Instant::now() + Duration::from_secs(20);
    while state() != "available" {
        assert!(Instant::now() < until, "{volume} is not detached");
    }
    boto.call("ec2", "delete_volume", json!({ "VolumeId": volume }));
    cluster.project.set("restore", &format!("{{ log-2 = {snapshot:?} }}"));
    cluster.project.up().succeeds();
    let new = cluster.project.outputs()["volumes"]["node-2"]["log"].clone();
    assert_ne!(new, volume);
    let made = boto.list("ec2", "describe_volumes", json!({ "VolumeIds": [new] }), "Volumes");
    assert_eq!(made[0]["SnapshotId"], json!(snapshot));
    assert_eq!(made[0]["Attachments"][0]["InstanceId"], cluster.project.outputs()["instances"][1]);
    assert_eq!(made[0]["Encrypted"], true);
    // Named or not any more, the snapshot is no reason to replace what stands.
    cluster.project.expect_no_changes();
    cluster.project.set("restore", "{}");
    cluster.project.expect_no_changes();

    // The node mounts it by its label, as it has another id than the script knows, and comes up.
    let node = &cluster.nodes[1];
    let id = volume.as_str().expect("an id").replace("vol-", "vol");
    node.detach("by-id", &format!("nvme-Amazon_Elastic_Block_Store_{id}"));
    node.attach("by-label", "kmb-log", "nvme7n1");
    node.write("disks/nvme7n1", "");
    std::fs::remove_file(node.path("mounted")).expect("disks were mounted");
    std::fs::remove_dir(&data).expect("it is empty");
    std::fs::rename(&kept, &data).expect("the disk is there");
    let booted = node.boot(&cluster.scripts[1]);
    assert!(booted.succeeded, "{}", booted.console);
    assert!(!booted.console.contains("mkfs"), "{}", booted.console);
    cluster.servers[1] = cluster.nodes[1].start();
    assert!(cluster.metric(1, "view_number").is_some(), "{}", cluster.servers[1].log());
    if !cluster.is_stalled() {
        assert_eq!(cluster.rows().as_deref(), Ok(r#"[[BigInt(1), Text("one")]]"#));
    }
}
