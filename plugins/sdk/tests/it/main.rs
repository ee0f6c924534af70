//! A made-up kind through the derive, the dispatcher and a host of the test's own.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;
use kim_plugin::testing::{Host, with_host};
use kim_plugin::{aws, host, http};

/// A disk.
#[derive(Clone, Debug, PartialEq, Resource)]
#[kim(kind = "toy:disk:Disk", id = "disk_id", read_batch = 500, delete_before_replace, priced)]
struct Disk {
    /// The zone to create it in.
    #[kim(immutable)]
    zone: String,
    /// GiB.
    #[kim(range = 1..=65536)]
    size: Option<i64>,
    /// What it is made of.
    #[kim(default = "ssd", one_of("ssd", "tape"))]
    material: String,
    /// Operations a second.
    #[kim(computed, input)]
    iops: Option<i64>,
    /// Labels.
    labels: BTreeMap<String, String>,
    #[kim(set, pattern = "sg-[0-9a-f]+")]
    groups: Vec<String>,
    #[kim(required, len = 1..)]
    ports: Vec<u16>,
    #[kim(json)]
    policy: Option<String>,
    #[kim(secret, write_only, len = 8..=64)]
    password: Option<String>,
    #[kim(default = -1)]
    r#type: i32,
    root: Option<Part>,
    parts: Vec<Part>,
    /// Its id,
    /// `disk-…`.
    #[kim(computed)]
    disk_id: String,
    #[kim(computed, volatile)]
    used: f64,
}

#[derive(Clone, Debug, PartialEq, Object)]
struct Part {
    /// Where it starts.
    start: u32,
    #[kim(secret)]
    key: Option<String>,
    #[kim(default = true)]
    bootable: bool,
}

#[derive(Clone, Debug, Object)]
struct Config {
    /// Where the toys are.
    endpoint: Option<String>,
}

struct Zones;

#[derive(Object)]
struct ZoneNames {
    names: Vec<String>,
}

impl Lookup for Zones {
    const NAME: &'static str = "toy:zones";
    const DOCS: &'static str = "The zones there are.";
    type Arguments = ();
    type Results = ZoneNames;

    async fn look_up((): ()) -> Result<ZoneNames, Failure> {
        let config: Config = host::config()?;
        let url = config.endpoint.ok_or_else(|| Failure::Other("no endpoint".to_owned()))?;
        let answer = http::send(http::Request {
            method: "GET".to_owned(),
            url,
            ..http::Request::default()
        })?;
        Ok(ZoneNames {
            names: String::from_utf8_lossy(&answer.body).split(' ').map(str::to_owned).collect(),
        })
    }
}

impl Kind for Disk {
    async fn create(inputs: Disk, token: &str) -> Result<State<Disk>, Failure> {
        aws::send(aws::Request {
            service: "ec2".to_owned(),
            body: token.as_bytes().to_vec(),
            ..Default::default()
        })?;
        Ok(State {
            id: "disk-1".to_owned(),
            properties: Disk { disk_id: "disk-1".to_owned(), ..inputs },
        })
    }

    async fn read(disks: Vec<Live<Disk>>) -> Result<Vec<Option<State<Disk>>>, Failure> {
        let found =
            |live: Live<Disk>| live.properties.map(|properties| State { id: live.id, properties });
        Ok(disks.into_iter().map(found).collect())
    }

    async fn delete(id: &str, disk: Disk) -> Result<Deletion, Failure> {
        assert_eq!(disk.zone, "");
        Ok(if id == "disk-1" { Deletion::Gone } else { Deletion::again(100, "spinning down") })
    }

    async fn find(_: &str, _: Disk) -> Result<Option<State<Disk>>, Failure> {
        Ok(None)
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        match (inputs.get::<String>("material"), inputs.get::<i64>("iops")) {
            (Known(material), Known(iops)) if material == "tape" && iops > 1 => {
                vec![Violation::error("iops", format!("{iops} is too fast for tape"))]
            }
            _ => Vec::new(),
        }
    }

    fn price(inputs: &Inputs) -> Option<Price> {
        let size = inputs.get::<i64>("size").known()?;
        Some(Price {
            micros_a_month: 80_000 * u64::try_from(size).ok()?,
            basis: format!("{size} GiB"),
        })
    }
}

kim_plugin::export! {
    name: "toy",
    docs: "Toys.",
    aws: ["ec2"],
    http: ["config:endpoint"],
    config: Config,
    kinds: [Disk],
    lookups: [Zones],
}

fn inputs() -> Value {
    Value::Map(BTreeMap::from([
        ("zone".to_owned(), Value::text("a")),
        ("size".to_owned(), Value::Int(8)),
        ("ports".to_owned(), Value::List(vec![Value::Int(80)])),
        ("password".to_owned(), Value::secret(Value::text("hunter2hunter2"))),
    ]))
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let Value::Map(mut map) = inputs() else { unreachable!("inputs are a map") };
    map.insert(name.to_owned(), value.into());
    Value::Map(map)
}

#[test]
fn a_struct_is_a_schema() {
    insta::assert_json_snapshot!(plugin().schema());
}

#[test]
fn a_schema_is_read_back_from_json() {
    let schema = plugin().schema().clone();
    let text = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<kim_plugin::schema::Plugin>(&text).unwrap(), schema);
}

#[test]
fn inputs_are_read_and_written() {
    let disk = Disk::from_value(&inputs()).unwrap();
    assert_eq!(
        (disk.material.as_str(), disk.r#type, disk.size, disk.iops),
        ("ssd", -1, Some(8), None)
    );
    assert_eq!(disk.password.as_deref(), Some("hunter2hunter2"));
    let written = disk.to_value();
    assert_eq!(written.get("iops"), None, "what is absent is not written");
    assert!(matches!(written.get("password"), Some(Value::Secret(_))));
    assert_eq!(Disk::from_value(&written).unwrap(), disk);
    assert!(!format!("{written:?}").contains("hunter2"));
}

#[test]
fn errors_name_the_exact_path() {
    let part = |start: Value| Value::List(vec![[("start", start)].into_iter().collect()]);
    let wrong = |value: &Value| Disk::from_value(value).unwrap_err().to_string();
    assert_eq!(
        wrong(&with("parts", part(Value::text("x")))),
        "parts[0].start: a whole number is wanted here, not text"
    );
    assert_eq!(
        wrong(&with("parts", part(Value::Int(-1)))),
        "parts[0].start: -1 is not between 0 and 4294967295"
    );
    assert_eq!(wrong(&with("parts", part(Value::Null))), "parts[0].start: is required, but absent");
    assert_eq!(
        wrong(&with("zone", Value::Unknown)),
        "zone: text is wanted here, not a value not known yet"
    );
    assert_eq!(wrong(&with("ports", Value::Null)), "ports: is required, but absent");
    assert_eq!(wrong(&Value::Int(1)), "expected a map, found a whole number");
}

#[test]
fn recorded_properties_may_be_incomplete() {
    let nothing = Value::map();
    assert_eq!(plugin().delete("toy:disk:Disk", "disk-1", &nothing), Ok(Deletion::Gone));
    assert_eq!(
        plugin().delete("toy:disk:Disk", "disk-2", &nothing),
        Ok(Deletion::Again { after_ms: 100, status: "spinning down".to_owned() })
    );
}

#[test]
fn checks_and_prices_skip_unknown_inputs() {
    let tape = |iops: Value| {
        let Value::Map(mut map) = with("material", "tape") else {
            unreachable!("inputs are a map")
        };
        map.insert("iops".to_owned(), iops);
        plugin().check("toy:disk:Disk", Value::Map(map)).unwrap()
    };
    assert_eq!(tape(Value::Int(5)), [Violation::error("iops", "5 is too fast for tape")]);
    assert_eq!(tape(Value::Unknown), []);
    let price = plugin().price("toy:disk:Disk", inputs()).unwrap();
    assert_eq!((price.micros_a_month, price.basis.as_str()), (640_000, "8 GiB"));
    assert_eq!(plugin().price("toy:disk:Disk", with("size", Value::Unknown)), None);
    let groups = Value::List(vec![Value::text("sg-1"), Value::Unknown]);
    let inputs = Inputs::new(with("groups", groups));
    assert_eq!(inputs.get::<Vec<String>>("groups"), Unknown);
    assert_eq!(inputs.count("groups"), Known(2));
    assert_eq!(inputs.get::<String>("groups[0]"), Known("sg-1".to_owned()));
    assert!(inputs.get::<i64>("root.start").is_absent());
}

#[test]
fn a_read_needs_the_id_alone_and_settle_reads() {
    let disk = Disk::from_value(&inputs()).unwrap().to_value();
    let asked = vec![
        State { id: "disk-1".to_owned(), properties: disk.clone() },
        State { id: "disk-2".to_owned(), properties: Value::map() },
    ];
    let found = plugin().read("toy:disk:Disk", asked).unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    let progress = plugin().settle("toy:disk:Disk", "disk-1", &inputs(), &disk).unwrap();
    assert_eq!(
        progress,
        Progress::Done(State { id: "disk-1".to_owned(), properties: disk.clone() })
    );
    let update = plugin().update("toy:disk:Disk", "disk-1", &inputs(), &disk).unwrap_err();
    assert!(update.to_string().contains("cannot be updated in place"));
}

#[derive(Default)]
struct ScriptedHost;

impl Host for ScriptedHost {
    fn config(&mut self) -> Value {
        [("endpoint", "http://127.0.0.1:1/zones")].into_iter().collect()
    }

    fn aws(&mut self, request: aws::Request) -> Result<aws::Response, aws::Failure> {
        assert_eq!(
            (request.service.as_str(), request.body.as_slice()),
            ("ec2", b"token".as_slice())
        );
        Ok(aws::Response { status: 200, ..aws::Response::default() })
    }

    fn http(&mut self, request: http::Request) -> Result<http::Response, http::Failure> {
        assert_eq!(request.url, "http://127.0.0.1:1/zones");
        Ok(http::Response { status: 200, body: b"a b".to_vec(), ..http::Response::default() })
    }
}

#[test]
fn a_test_can_be_the_host() {
    let created =
        with_host(ScriptedHost, || plugin().create("toy:disk:Disk", &inputs(), "token")).unwrap();
    assert_eq!(created.id, "disk-1");
    let zones = with_host(ScriptedHost, || plugin().look_up("toy:zones", &Value::map())).unwrap();
    assert_eq!(zones.get("names"), Some(&Value::from(vec!["a", "b"])));
    let failure = plugin().create("toy:disk:Disk", &inputs(), "token").unwrap_err();
    assert!(matches!(failure, Failure::Transient(_)), "no host, no network: {failure}");
}

#[test]
fn a_missing_kind_or_lookup_is_named() {
    let failure = plugin().create("toy:Nothing", &inputs(), "token").unwrap_err();
    assert_eq!(failure.to_string(), "the plugin 'toy' has no kind 'toy:Nothing'");
    let failure = plugin().look_up("toy:nothing", &Value::map()).unwrap_err();
    assert_eq!(failure.to_string(), "the plugin 'toy' has no lookup 'toy:nothing'");
}
