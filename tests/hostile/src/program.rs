//! The acts of programs. Each has the name by which `tests/programs/hostile` knows it.

use crate::act::{Act, Promise};

const PREVIEW: &[&str] = &["preview"];
const SHORT: &str = "computing = 2, waiting = 30";
const STOPPED: &[&str] = &["the program failed, so nothing was changed"];
const REACHED: &[&str] = &["reached: "];

/// All of them.
pub(crate) fn acts() -> Vec<Act> {
    [&takes_too_much()[..], &declares(), &names(), &values(), &comes_to(), &says(), &wants_out()]
        .concat()
}

fn takes_too_much() -> Vec<Act> {
    use Promise::{Interrupts, Memory, Time};
    let stopped = |act: Act| act.says(STOPPED);
    vec![
        Act::program("loop", Time).limits(SHORT).says(&["computed for more than 2 s"]),
        Act::program("sleep", Time).limits("waiting = 3").says(&["did not finish within 3 s"]),
        Act::program("sleep often", Time).limits("computing = 2, waiting = 5").says(STOPPED),
        Act::program("random", Time).limits("computing = 2, waiting = 5").says(STOPPED),
        Act::program("a closure that loops", Time)
            .limits(SHORT)
            .says(&["computed for more than 2 s"]),
        Act::program("hoard", Memory).says(&["needed more than the 512 MB of memory"]),
        Act::program("recurse", Memory).says(&["recursed too deeply"]),
        Act::program("recurse with locals", Memory).says(&["recursed too deeply"]),
        stopped(Act::program("exit", Time)),
        stopped(Act::program("abort", Time)),
        stopped(Act::program("panic", Time)),
        Act::program("a call of 130 MB", Memory).says(&["passed more than 128 MB in one call"]),
        Act::program("closures", Memory).slow(),
        Act { name: "loop, interrupted", ..Act::program("loop", Interrupts) }.interrupted(1),
        Act { name: "slow closures, interrupted", ..Act::program("slow closures", Interrupts) }
            .times(400)
            .interrupted(2),
        Act { name: "a chain, interrupted", ..Act::program("components and a chain", Interrupts) }
            .times(40_000)
            .interrupted(2)
            .slow(),
    ]
}

fn declares() -> Vec<Act> {
    use Promise::Declarations;
    vec![
        Act::program("resources", Declarations).says(&["declared more than"]).slow(),
        Act::program("outputs", Declarations).says(&["declared more than"]).slow(),
        Act::program("lookups", Declarations).says(&["declared more than"]).slow(),
        Act::program("exports", Declarations).says(&["declared more than"]).slow(),
        Act::program("dependencies", Declarations).slow(),
        Act::program("aliases", Declarations).slow(),
        Act::program("errors", Declarations).says(&["more"]).exits(1).slow(),
        Act::program("estimates", Declarations)
            .times(10_000)
            .says(&["declared more than 1000 estimates"]),
        Act::program("estimate backwards", Declarations).says(&["the first must not be above"]),
        Act::program("estimate without end", Declarations).harmless(),
        Act::program("components inside each other", Declarations).times(66).command(PREVIEW),
        Act {
            name: "30,000 components inside each other",
            ..Act::program("components inside each other", Declarations)
        }
        .times(30_000)
        .command(PREVIEW)
        .slow(),
        Act::program("components and a chain", Declarations).times(40_000).command(PREVIEW).slow(),
        Act::program("twice", Declarations).says(&["a"]),
        Act::program("export twice", Declarations).says(&["a"]),
        Act::program("inside a resource", Declarations).harmless(),
        Act::program("inside nothing", Declarations).says(STOPPED),
        Act::program("depends on nothing", Declarations).says(STOPPED),
        Act::program("made-up output", Declarations).says(STOPPED),
        Act::program("made-up output inside", Declarations).says(STOPPED),
        Act::program("get of nothing", Declarations).says(STOPPED),
        Act::program("concat of nothing", Declarations).says(STOPPED),
        Act::program("wrap of itself", Declarations).says(STOPPED),
        Act::program("an output in a closure", Declarations),
        Act::program("a closure that declares", Declarations),
        Act::program("a closure of no number", Declarations),
        Act::program("a lookup of nobody", Declarations).says(&["hostile:nothing"]),
        Act::program("another stack that is not there", Declarations).says(&["victim"]),
        Act::program("wrong type", Declarations).says(&["title"]),
        Act::program("kind of nobody", Declarations).says(&["hostile:Nothing"]),
    ]
}

fn names() -> Vec<Act> {
    use Promise::Names;
    vec![
        Act::program("no name", Names),
        Act::program("name of 20 MB", Names).says(&["name"]),
        Act::program("name of 2 KB", Names).says(&["name"]),
        Act::program("kind of 20 MB", Names).says(&["kind"]),
        Act::program("source of 20 MB", Names),
        Act::program("alias of 20 MB", Names),
        Act::program("property of 20 MB", Names),
        Act::program("export of 20 MB", Names),
        Act::program("export without a name", Names),
        Act::program("a path of 20 MB", Names),
        Act::program("a path of a million steps", Names),
        Act::program("a bad path", Names).says(STOPPED),
        Act::program("a bad path to ignore", Names),
        Act::program("name that climbs", Names).harmless(),
        Act::program("name of a format", Names).harmless(),
        Act { name: "name that is a graph", ..Act::program("name that is a graph", Names) }
            .command(&["graph"])
            .harmless()
            .never(&["a\"]; evil"]),
        Act::program("kind that climbs", Names),
        Act::program("alias that is no URN", Names),
        Act::program("alias of another project", Names).harmless(),
        Act::program("another stack that climbs", Names),
    ]
}

fn values() -> Vec<Act> {
    use Promise::Values;
    let refused = |name| Act::program(name, Values).says(&["a value"]);
    vec![
        Act::program("NaN", Values).says(&["finite"]),
        Act::program("infinity", Values).says(&["finite"]),
        Act::program("minus infinity", Values).says(&["finite"]),
        Act::program("infinite input", Values).says(&["finite"]),
        Act::program("a closure that returns what is infinite", Values).says(&["finite"]),
        refused("index"),
        refused("root"),
        refused("no nodes"),
        refused("circle"),
        refused("later node"),
        Act::program("key twice", Values).says(&["has the key 'a' twice"]),
        Act::program("long key twice", Values).says(STOPPED),
        refused("2^40 nodes"),
        refused("65 levels"),
        refused("a million levels"),
        refused("a million nodes"),
        refused("65 MB"),
        refused("secrets in secrets"),
        Act::program("unknown", Values).harmless(),
        Act::program("a closure that returns 65 levels", Values).says(&["64 levels"]),
        Act::program("inputs that are a text", Values).says(&["map"]),
        Act::program("inputs that are a list", Values).says(&["map"]),
        Act::program("inputs that are null", Values).says(&["map"]),
        Act::program("arguments that are a text", Values).says(&["map"]),
    ]
}

fn comes_to() -> Vec<Act> {
    use Promise::Evaluation;
    vec![
        Act::program("concat doubles", Evaluation).times(40).command(PREVIEW).slow(),
        Act::program("wrap doubles", Evaluation).times(40).command(PREVIEW).slow(),
        Act::program("an input doubles", Evaluation).times(40).command(PREVIEW).slow(),
        Act::program("an id doubles", Evaluation).times(34).slow(),
        Act::program("levels", Evaluation).times(129).command(PREVIEW).says(&["128 levels"]),
        Act { name: "1,500 levels", ..Act::program("levels", Evaluation) }
            .times(1_500)
            .says(&["levels"]),
        Act { name: "200,000 levels", ..Act::program("levels", Evaluation) }
            .times(200_000)
            .command(PREVIEW)
            .says(&["levels"])
            .slow(),
        Act::program("mentions", Evaluation).command(PREVIEW).slow(),
        Act::program("parts", Evaluation).command(PREVIEW).slow(),
        Act::program("a list of mentions", Evaluation).command(PREVIEW).slow(),
        Act::program("large closures", Evaluation).command(PREVIEW).slow(),
    ]
}

fn says() -> Vec<Act> {
    use Promise::{Secrets, Terminal, Words};
    vec![
        Act::program("lines", Words).limits(SHORT).says(&["logged too much"]),
        Act::program("a line without end", Words)
            .limits(SHORT)
            .says(&["computed for more than 2 s"]),
        Act::program("an error of 20 MB", Words)
            .also(|_, seen| (seen.text().len() > 64 << 10).then(|| "it is not cut".to_owned())),
        Act::program("a panic of 20 MB", Words)
            .also(|_, seen| (seen.text().len() > 64 << 10).then(|| "it is not cut".to_owned())),
        Act::program("dirty error", Terminal),
        Act::program("dirty panic", Terminal),
        Act::program("dirty log", Terminal).harmless(),
        Act::program("dirty print", Terminal).harmless(),
        Act::program("dirty name", Terminal).cleaned(),
        Act::program("dirty export", Terminal).cleaned(),
        Act::program("dirty estimate", Terminal).harmless(),
        Act::program("dirty kind", Terminal).cleaned(),
        Act::program("dirty kind of a component", Terminal).cleaned(),
        Act::program("dirty source", Terminal).cleaned(),
        Act::program("a dirty closure", Terminal),
        Act::program("log of a secret", Secrets).harmless(),
        Act::program("print of a secret", Secrets).harmless(),
        Act::program("error with a secret", Secrets),
        Act::program("panic with a secret", Secrets),
        Act::program("name with a secret", Secrets).cleaned(),
        Act::program("secret as base64", Secrets).harmless(),
        Act::program("secret in capitals", Secrets).harmless(),
        Act::program("secret in the estimate", Secrets).harmless(),
        Act::program("wrong type of a secret", Secrets).says(&["size"]),
        Act::program("all settings", Secrets).harmless(),
        Act::program("a closure that panics with a secret", Secrets),
        Act::program("a closure that fails with a secret", Secrets),
        Act::program("a closure that says a secret", Secrets).harmless(),
    ]
}

fn wants_out() -> Vec<Act> {
    let names = [
        "read a file",
        "read its own folder",
        "write a file",
        "connect",
        "listen",
        "send a datagram",
        "resolve a name",
        "start a process",
        "start a thread",
        "environment",
        "arguments",
        "stdin",
        "clock",
    ];
    let act = |name| Act::program(name, Promise::Reach).says(&["out of reach: "]);
    names.map(|name| act(name).never(if name == "clock" { REACHED } else { &[] })).into()
}
