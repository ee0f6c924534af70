//! A program that misbehaves as its configuration says. It has each way in which a deployment program can misbehave,
//! and takes one at a time.

use kim::prelude::*;
use kim::{Error, Lookup, OutputId, Value};

#[kim::config]
#[derive(Default)]
#[serde(default)]
struct Config {
    /// The way to misbehave; empty: not at all.
    does: String,
    /// If true, declares things of the naughty plugin instead of a network on AWS.
    things: bool,
    /// The title of the things.
    title: Option<String>,
    /// A secret.
    password: Option<Secret<String>>,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    if config.things {
        return things(stack, &config);
    }
    let vpc = Resource::new("aws:ec2:Vpc", "main").input("cidr_block", "10.7.0.0/16").declare(stack);
    let range: Output<String> = match config.does.strip_prefix("closure ") {
        Some(does) => closure(does.to_owned(), Output::of("10.7.1.0/24".to_owned())),
        None => Output::of("10.7.1.0/24".to_owned()),
    };
    let does = config.does.strip_prefix("late closure ").unwrap_or_default();
    Resource::new("aws:ec2:Subnet", "a")
        .input("vpc_id", closure(does.to_owned(), vpc.get("vpc_id")))
        .input("cidr_block", range)
        .declare(stack);
    stack.export("vpc", vpc.get::<String>("vpc_id"));
    misbehave(stack, &config)
}

fn misbehave(stack: &Stack, config: &Config) -> Result<()> {
    let volume =
        |name: &str| Resource::new("aws:ec2:Volume", name).input("availability_zone", "eu-central-1a").input("size", 8);
    match config.does.as_str() {
        "" => {}
        does if does.starts_with("closure ") || does.starts_with("late closure ") => {}
        "loop" => spin(),
        "sleep" => std::thread::sleep(std::time::Duration::from_secs(3600)),
        "hoard" => hoard(),
        "recurse" => println!("{}", recurse(1)),
        "recurse with locals" => println!("{}", recurse_with_locals(1)),
        "exit" => std::process::exit(0),
        "panic" => panic!("no preset is called 'huge'"),
        "fail" => kim::bail!("three zones are needed, two are configured"),
        "fail in a library" => _ = "12a".parse::<u16>()?,
        "flood" => (0..10_000_000).for_each(|n| _ = volume(&format!("data-{n}")).declare(stack)),
        "flood of outputs" => {
            let vpc = Resource::new("aws:ec2:Vpc", "wet").input("cidr_block", "10.8.0.0/16").declare(stack);
            (0..10_000_000).for_each(|_| _ = vpc.get::<String>("vpc_id"));
        }
        "flood of bytes" => {
            let large = "x".repeat(1 << 20);
            (0..10_000).for_each(|n| stack.export(&format!("large-{n}"), large.as_str()));
        }
        "chatter" => loop {
            println!("still here");
        },
        "say and fail" => {
            (1..=30).for_each(|n| println!("zone {n} is fine"));
            kim::bail!("zone 31 is not");
        }
        "cycle" => cycle(stack),
        "twice" => {
            volume("data").declare(stack);
            volume("data").declare(stack);
        }
        "no name" => _ = volume("").declare(stack),
        "export twice" => ["1", "2"].iter().for_each(|value| stack.export("vpc_name", *value)),
        "unknown kind" => _ = Resource::new("aws:ec2:Volumee", "data").declare(stack),
        "kind of no plugin" => _ = Resource::new("gcp:compute:Disk", "data").declare(stack),
        "unknown property" => _ = volume("data").input("siez", 9).declare(stack),
        "nothing like a property" => _ = volume("data").input("colour", "red").declare(stack),
        "missing property" => _ = Resource::new("aws:ec2:Volume", "data").input("size", 8).declare(stack),
        "computed property" => _ = volume("data").input("volume_id", "vol-1").declare(stack),
        "wrong type" => _ = volume("data").input("size", "eight").declare(stack),
        "wrong type inside" => _ = volume("data").entry("tags", "Team", true).declare(stack),
        "out of range" => _ = volume("data").input("size", 70_000).declare(stack),
        "not one of them" => _ = volume("data").input("volume_type", "gp33").declare(stack),
        "secret of a wrong type" => {
            volume("data").input("size", Secret::new("s3cret-and-no-number")).declare(stack);
        }
        "many errors" => (0..500).for_each(|n| _ = volume(&format!("v{n}")).input("size", -1).declare(stack)),
        "no such output" => {
            let id = volume("data").declare(stack).get::<String>("volume_ident");
            stack.export("volume", id);
        }
        "made-up output" => _ = volume("data").input("kms_key_id", Value::Output(OutputId(4000))).declare(stack),
        "made-up export" => stack.export("volume", Value::Output(OutputId(4000))),
        "made-up dependency" => _ = volume("data").options(|o| o.depends_on(&Numbered(4000))).declare(stack),
        "unknown lookup" => _ = Lookup::new("aws:ec2:amii").argument("name", "x").look_up(stack),
        "deep" => stack.export("deep", nested(100)),
        "million" => stack.export("million", vec![Value::Int(1); 1_000_001]),
        "large" => stack.export("large", "x".repeat(65 << 20)),
        "file" => std::fs::write("/tmp/note.txt", "kim was here")?,
        "file, unwrapped" => std::fs::write("/tmp/note.txt", "kim was here").unwrap(),
        "socket" => _ = std::net::TcpStream::connect("127.0.0.1:80")?,
        "environment" => println!("{}", std::env::var("HOME")?),
        "thread" => _ = std::thread::spawn(|| {}),
        "secret" => {
            let password = config.password.as_ref().ok_or_else(|| Error::new("no password is configured"))?;
            stack.export("password", password);
            stack.export("greeting", kim::concat!("hello ", password));
            println!("the password is {password:?}");
        }
        other => estimate(stack, other)?,
    }
    Ok(())
}

/// Returns an output of a text that is known only when the closure is called.
fn closure(does: String, of: Output<String>) -> Output<String> {
    if does.is_empty() {
        return of;
    }
    of.try_map(move |text: String| match does.as_str() {
        "loops" => spin(),
        "fails" => kim::bail!("{text} is not in the list of ranges"),
        "panics" => panic!("{text} is not in the list of ranges"),
        "declares" => {
            _ = Output::<String>::of("too late".to_owned());
            Ok(text)
        }
        other => kim::bail!("no closure of this program does '{other}'"),
    })
}

/// Declares two volumes that each wait for all resources of their component.
fn cycle(stack: &Stack) {
    let before = Resource::new("aws:ec2:Vpc", "before").input("cidr_block", "10.9.0.0/16").declare(stack);
    let group = Numbered(before.output().id().0 + 1);
    stack.component("naughty:Group", "group", |scope| {
        for name in ["one", "two"] {
            Resource::new("aws:ec2:Volume", name)
                .input("availability_zone", "eu-central-1a")
                .input("size", 8)
                .options(|o| o.depends_on(&group))
                .declare(scope);
        }
    });
}

/// An output with a number that the host did not return.
struct Numbered(u32);

impl Dependency for Numbered {
    fn output_id(&self) -> OutputId {
        OutputId(self.0)
    }
}

/// Declares two things of the naughty plugin, one dependent on the other.
fn things(stack: &Stack, config: &Config) -> Result<()> {
    let title = config.title.clone().unwrap_or_else(|| "quiet".to_owned());
    let first = Resource::new("naughty:Thing", "first").input("title", title).declare(stack);
    Resource::new("naughty:Thing", "second")
        .input("title", "quiet")
        .input("after", first.get::<String>("thing_id"))
        .declare(stack);
    if config.does == "look up" {
        stack.export("found", Lookup::new("naughty:found").look_up(stack).get::<String>("title"));
    }
    Ok(())
}

fn spin() -> ! {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

fn hoard() {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 1 << 20]);
        std::hint::black_box(&all);
    }
}

fn recurse(n: u64) -> u64 {
    if std::hint::black_box(n) == 0 { 0 } else { 1 + recurse(n + 1) }
}

fn recurse_with_locals(n: u64) -> u64 {
    let space = std::hint::black_box([n; 64]);
    if space[3] == 0 { 0 } else { space[7] + recurse_with_locals(n + 1) }
}

/// Returns nested lists.
fn nested(levels: u32) -> Value {
    (0..levels).fold(Value::Int(1), |inner, _| Value::List(vec![inner]))
}

/// Declares an estimate of costs.
fn estimate(stack: &Stack, does: &str) -> Result<()> {
    let traffic = Estimate::cost("traffic", "900 GB a month");
    match does {
        "estimate" => {
            stack.estimate(traffic.range(81_000_000, 90_000_000).source("list prices, 2026-01-15"));
            stack.estimate(Estimate::saving("compute", "1 year, all upfront").micros(160_000_000));
        }
        "estimate backwards" => stack.estimate(traffic.range(2, 1)),
        "flood of estimates" => (0..10_000_000).for_each(|_| stack.estimate(traffic.clone())),
        other => kim::bail!("nothing that this program does is called '{other}'"),
    }
    Ok(())
}
