//! The contents of `#[kim(…)]` and doc comments, checked.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, ExprRange, ExprUnary, Field, Lit, LitInt, LitStr, RangeLimits,
    Result, UnOp,
};

/// A field and its attributes.
pub(crate) struct Property {
    pub(crate) field: syn::Ident,
    pub(crate) ty: syn::Type,
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) flags: Flags,
    pub(crate) default: Option<Lit>,
    pub(crate) negative_default: bool,
    pub(crate) range: Option<(Option<f64>, Option<f64>)>,
    pub(crate) len: Option<(Option<f64>, Option<f64>)>,
    pub(crate) one_of: Vec<String>,
    pub(crate) pattern: Option<String>,
    /// The kinds of what it keeps from going.
    pub(crate) holds: Vec<String>,
    /// The properties of others that it keeps as they are.
    pub(crate) pins: Vec<String>,
    /// The variant of `Form`.
    pub(crate) form: Option<syn::Ident>,
}

/// The attributes without a value.
#[derive(Default)]
pub(crate) struct Flags {
    pub(crate) required: bool,
    pub(crate) computed: bool,
    pub(crate) input: bool,
    pub(crate) immutable: bool,
    pub(crate) volatile: bool,
    pub(crate) secret: bool,
    pub(crate) write_only: bool,
    pub(crate) set: bool,
    pub(crate) ignore_case: bool,
    pub(crate) guard: bool,
    pub(crate) grows: bool,
    pub(crate) json: bool,
}

/// The attributes of a struct that is a kind.
pub(crate) struct Kind {
    pub(crate) kind: String,
    pub(crate) id: LitStr,
    pub(crate) read_batch: u32,
    pub(crate) delete_before_replace: bool,
    pub(crate) priced: bool,
    pub(crate) ready: bool,
    pub(crate) tokenless: bool,
    /// The paths of each key.
    pub(crate) unique: Vec<Vec<String>>,
}

/// Returns the doc comment: its lines without their leading space, joined.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

fn kim(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("kim"))
}

impl Property {
    pub(crate) fn parse(field: &Field) -> Result<Property> {
        let ident = field
            .ident
            .clone()
            .ok_or_else(|| Error::new(field.span(), "a property needs a name"))?;
        let mut property = Property {
            name: syn::ext::IdentExt::unraw(&ident).to_string(),
            field: ident,
            ty: field.ty.clone(),
            docs: docs(&field.attrs),
            flags: Flags::default(),
            default: None,
            negative_default: false,
            range: None,
            len: None,
            one_of: Vec::new(),
            pattern: None,
            holds: Vec::new(),
            pins: Vec::new(),
            form: None,
        };
        let mut span = field.span();
        for attribute in kim(&field.attrs) {
            span = attribute.span();
            attribute.parse_nested_meta(|meta| property.attribute(&meta))?;
        }
        property.check(span)?;
        Ok(property)
    }

    fn attribute(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        let flags = &mut self.flags;
        let flag = match name.as_str() {
            "required" => &mut flags.required,
            "computed" => &mut flags.computed,
            "input" => &mut flags.input,
            "immutable" => &mut flags.immutable,
            "volatile" => &mut flags.volatile,
            "secret" => &mut flags.secret,
            "write_only" => &mut flags.write_only,
            "set" => &mut flags.set,
            "ignore_case" => &mut flags.ignore_case,
            "guard" => &mut flags.guard,
            "grows" => &mut flags.grows,
            "json" => &mut flags.json,
            _ => return self.setting(&name, meta),
        };
        if *flag {
            return Err(meta.error("this attribute is set twice"));
        }
        *flag = true;
        Ok(())
    }

    fn setting(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match name {
            "default" => (self.default, self.negative_default) = default(&meta.value()?.parse()?)?,
            "range" => self.range = Some(bounds(&meta.value()?.parse()?)?),
            "len" => self.len = Some(bounds(&meta.value()?.parse()?)?),
            "pattern" => self.pattern = Some(meta.value()?.parse::<LitStr>()?.value()),
            "holds" => self.holds = kinds(&meta.value()?.parse()?)?,
            "pins" => self.pins = pins(&meta.value()?.parse()?)?,
            "form" => self.form = Some(form(&meta.value()?.parse()?)?),
            "name" => self.name = meta.value()?.parse::<LitStr>()?.value(),
            "one_of" => {
                let content;
                syn::parenthesized!(content in meta.input);
                let texts = content
                    .parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?;
                self.one_of = texts.iter().map(LitStr::value).collect();
                if self.one_of.is_empty() {
                    return Err(meta.error("one_of needs at least one text"));
                }
            }
            _ => {
                return Err(meta.error(
                    "unknown attribute; the attributes are required, computed, input, immutable, volatile, secret, write_only, set, \
                     ignore_case, guard, grows, json, form, holds, pins, default, range, len, one_of, pattern and name",
                ));
            }
        }
        Ok(())
    }

    fn check(&self, span: Span) -> Result<()> {
        let flags = &self.flags;
        let ty = &self.ty;
        let ty = quote::quote!(#ty).to_string();
        let reject = |text: &str| Err(Error::new(span, text));
        if flags.input && !flags.computed {
            return reject("`input` needs `computed` (every other property is an input)");
        }
        if flags.volatile && !flags.computed {
            return reject("`volatile` needs `computed`");
        }
        if flags.required && (flags.computed || self.default.is_some()) {
            return reject("`required` contradicts `computed` and `default`");
        }
        if flags.computed
            && !flags.input
            && (self.default.is_some() || flags.write_only || flags.immutable)
        {
            return reject(
                "`default`, `write_only` and `immutable` are for inputs, but this property is only computed",
            );
        }
        if flags.set && !ty.contains("Vec") {
            return reject("`set` is for a Vec");
        }
        let is_of_texts =
            flags.json || flags.ignore_case || !self.holds.is_empty() || self.form.is_some();
        if (is_of_texts || self.pattern.is_some() || !self.one_of.is_empty())
            && !ty.contains("String")
        {
            return reject(
                "`json`, `ignore_case`, `holds`, `form`, `pattern` and `one_of` are for texts",
            );
        }
        if flags.guard && !ty.contains("bool") {
            return reject("`guard` is for a bool");
        }
        if flags.grows && ["bool", "String", "Vec", "Map"].iter().any(|other| ty.contains(other)) {
            return reject("`grows` is for a number");
        }
        let plans = !self.holds.is_empty() || !self.pins.is_empty();
        if (plans || flags.guard || flags.grows) && flags.computed && !flags.input {
            return reject("`holds`, `pins`, `guard` and `grows` are for inputs");
        }
        if let (Some(Lit::Str(text)), false) = (&self.default, self.one_of.is_empty())
            && !self.one_of.contains(&text.value())
        {
            return Err(Error::new(text.span(), "the default is not in `one_of`"));
        }
        Ok(())
    }
}

fn default(expr: &Expr) -> Result<(Option<Lit>, bool)> {
    match expr {
        Expr::Lit(ExprLit {
            lit: lit @ (Lit::Str(_) | Lit::Int(_) | Lit::Float(_) | Lit::Bool(_)),
            ..
        }) => Ok((Some(lit.clone()), false)),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
            Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => {
                Ok((Some(lit.clone()), true))
            }
            other => Err(Error::new(other.span(), "a default is a literal")),
        },
        other => Err(Error::new(other.span(), "a default is a literal")),
    }
}

/// The names of forms, and their variants.
const FORMS: [(&str, &str); 5] = [
    ("policy", "Policy"),
    ("cidr", "Cidr"),
    ("public_key", "PublicKey"),
    ("protocol", "Protocol"),
    ("arn", "Arn"),
];

fn form(text: &LitStr) -> Result<syn::Ident> {
    let named = FORMS.iter().find(|(name, _)| *name == text.value());
    let names = FORMS.map(|(name, _)| name).join(", ");
    let unknown = || Error::new(text.span(), format!("the forms are {names}"));
    named.map(|(_, variant)| syn::Ident::new(variant, text.span())).ok_or_else(unknown)
}

/// Returns kinds, such as `aws:ec2:Vpc, aws:ec2:Subnet`.
fn kinds(text: &LitStr) -> Result<Vec<String>> {
    let value = text.value();
    let kinds: Vec<String> = value.split(',').map(|kind| kind.trim().to_owned()).collect();
    if kinds.iter().any(|kind| !kind.contains(':')) {
        return Err(Error::new(text.span(), "write kinds, such as `aws:ec2:Vpc, aws:ec2:Subnet`"));
    }
    Ok(kinds)
}

/// Returns properties of kinds, such as `aws:ec2:InternetGateway.vpc_id`.
fn pins(text: &LitStr) -> Result<Vec<String>> {
    let pins = kinds(text)?;
    if pins.iter().any(|pin| pin.rsplit_once('.').is_none()) {
        let message = "write kinds and properties, such as `aws:ec2:InternetGateway.vpc_id`";
        return Err(Error::new(text.span(), message));
    }
    Ok(pins)
}

/// Returns the paths of a key, such as `vpc_id, name`.
fn key(text: &LitStr, properties: &[Property]) -> Result<Vec<String>> {
    let value = text.value();
    let paths: Vec<String> = value.split(',').map(|path| path.trim().to_owned()).collect();
    for path in &paths {
        let name = path.split(['.', '[']).next().unwrap_or_default();
        let property = properties.iter().find(|property| property.name == name);
        let is_input = |property: &Property| !property.flags.computed || property.flags.input;
        if !property.is_some_and(is_input) {
            let message = format!("a key is made of inputs, and there is no input '{name}'");
            return Err(Error::new(text.span(), message));
        }
    }
    Ok(paths)
}

fn bounds(range: &ExprRange) -> Result<(Option<f64>, Option<f64>)> {
    if matches!((&range.limits, &range.end), (RangeLimits::HalfOpen(_), Some(_))) {
        return Err(Error::new(range.span(), "write an inclusive range, `a..=b`, `a..` or `..=b`"));
    }
    let start = range.start.as_deref().map(number).transpose()?;
    let end = range.end.as_deref().map(number).transpose()?;
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(Error::new(range.span(), "the range is empty"));
    }
    Ok((start, end))
}

fn number(expr: &Expr) -> Result<f64> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(n), .. }) => n.base10_parse(),
        Expr::Lit(ExprLit { lit: Lit::Float(n), .. }) => n.base10_parse(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => Ok(-number(expr)?),
        other => Err(Error::new(other.span(), "a bound is a literal number")),
    }
}

impl Kind {
    pub(crate) fn parse(input: &syn::DeriveInput, properties: &[Property]) -> Result<Kind> {
        let (mut kind, mut id) = (None::<LitStr>, None::<LitStr>);
        let (mut read_batch, mut delete_before_replace, mut priced) = (100, false, false);
        let (mut ready, mut tokenless, mut unique) = (false, false, Vec::new());
        for attribute in kim(&input.attrs) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("kind") {
                    kind = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("id") {
                    id = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("read_batch") {
                    read_batch = meta.value()?.parse::<LitInt>()?.base10_parse()?;
                } else if meta.path.is_ident("delete_before_replace") {
                    delete_before_replace = true;
                } else if meta.path.is_ident("priced") {
                    priced = true;
                } else if meta.path.is_ident("ready") {
                    ready = true;
                } else if meta.path.is_ident("tokenless") {
                    tokenless = true;
                } else if meta.path.is_ident("unique") {
                    unique.push(key(&meta.value()?.parse()?, properties)?);
                } else {
                    return Err(meta.error(
                        "the attributes of a kind are kind, id, read_batch, delete_before_replace, priced, ready, tokenless and unique",
                    ));
                }
                Ok(())
            })?;
        }
        let missing =
            |what| Error::new(input.ident.span(), format!("a kind needs #[kim({what} = \"…\")]"));
        let kind = kind.ok_or_else(|| missing("kind"))?;
        let id = id.ok_or_else(|| missing("id"))?;
        if kind.value().split(':').count() < 2 || kind.value().split(':').any(str::is_empty) {
            return Err(Error::new(kind.span(), "a kind is written like aws:ec2:Volume"));
        }
        if !properties.iter().any(|property| property.name == id.value()) {
            return Err(Error::new(id.span(), "no property has this name"));
        }
        if read_batch == 0 {
            return Err(Error::new(kind.span(), "read_batch is at least 1"));
        }
        Ok(Kind {
            kind: kind.value(),
            id,
            read_batch,
            delete_before_replace,
            priced,
            ready,
            tokenless,
            unique,
        })
    }
}
