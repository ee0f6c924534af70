//! The code that the derives generate.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Lit, Result};

use crate::attributes::{Kind, Property, docs};

fn properties(input: &DeriveInput) -> Result<Vec<Property>> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            _ => None,
        },
        _ => None,
    };
    let named = named.ok_or_else(|| {
        Error::new(input.ident.span(), "properties are the named fields of a struct")
    })?;
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.ident.span(), "a property type has no type parameters"));
    }
    named.iter().map(Property::parse).collect()
}

pub(crate) fn object(input: &DeriveInput) -> Result<TokenStream> {
    for attribute in &input.attrs {
        if attribute.path().is_ident("kim") {
            return Err(Error::new_spanned(
                attribute,
                "an object type has attributes on its fields only",
            ));
        }
    }
    let properties = properties(input)?;
    let object = object_impl(input, &properties);
    let ident = &input.ident;
    Ok(quote! {
        #object

        #[automatically_derived]
        impl ::kim_plugin::Field for #ident {
            const REQUIRED: bool = true;

            fn property() -> ::kim_plugin::derived::Property {
                let ty = ::kim_plugin::derived::Type::Object(<Self as ::kim_plugin::Object>::schema());
                ::kim_plugin::derived::Property { required: true, ..::kim_plugin::derived::Property::new(ty) }
            }

            fn empty() -> Self {
                <Self as ::kim_plugin::Object>::blank()
            }

            fn lift(
                value: &::kim_plugin::Value,
                path: &::kim_plugin::Path,
                reading: ::kim_plugin::Reading,
            ) -> ::core::result::Result<Self, ::kim_plugin::Failure> {
                <Self as ::kim_plugin::Object>::read_at(value, path, reading)
            }

            fn lower(&self) -> ::kim_plugin::Value {
                ::kim_plugin::Object::to_value(self)
            }
        }
    })
}

pub(crate) fn resource(input: &DeriveInput) -> Result<TokenStream> {
    let properties = properties(input)?;
    let Kind { kind, id, read_batch, delete_before_replace, priced, ready, tokenless, unique } =
        Kind::parse(input, &properties)?;
    let unique = unique.iter().map(|paths| quote! { ::kim_plugin::derived::key(&[#(#paths),*]) });
    let object = object_impl(input, &properties);
    let (ident, docs) = (&input.ident, docs(&input.attrs));
    Ok(quote! {
        #object

        #[automatically_derived]
        impl ::kim_plugin::Resource for #ident {
            const KIND: &'static str = #kind;

            fn kind() -> ::kim_plugin::derived::Kind {
                ::kim_plugin::derived::Kind {
                    name: ::std::string::String::from(#kind),
                    docs: ::std::string::String::from(#docs),
                    properties: <Self as ::kim_plugin::Object>::schema().properties,
                    id: ::std::string::String::from(#id),
                    read_batch: #read_batch,
                    delete_before_replace: #delete_before_replace,
                    priced: #priced,
                    ready: #ready,
                    tokenless: #tokenless,
                    unique: ::std::vec![#(#unique),*],
                }
            }
        }
    })
}

fn object_impl(input: &DeriveInput, properties: &[Property]) -> TokenStream {
    let ident = &input.ident;
    let type_name = ident.to_string();
    let schemas = properties.iter().map(schema);
    let reads = properties.iter().map(read);
    let writes = properties.iter().map(write);
    let blanks = properties.iter().map(|Property { field, ty, .. }| {
        quote! { #field: <#ty as ::kim_plugin::Field>::empty() }
    });
    quote! {
        #[automatically_derived]
        impl ::kim_plugin::Object for #ident {
            fn schema() -> ::kim_plugin::derived::Object {
                let mut properties = ::std::collections::BTreeMap::new();
                #(#schemas)*
                ::kim_plugin::derived::Object { properties, name: ::std::string::String::from(#type_name) }
            }

            fn blank() -> Self {
                Self { #(#blanks),* }
            }

            fn read_at(
                value: &::kim_plugin::Value,
                path: &::kim_plugin::Path,
                reading: ::kim_plugin::Reading,
            ) -> ::core::result::Result<Self, ::kim_plugin::Failure> {
                if ::kim_plugin::Value::as_map(value).is_none() {
                    let message = ::std::format!("expected a map, found {}", value.kind_name());
                    return ::core::result::Result::Err(::kim_plugin::Failure::invalid(path.clone(), message));
                }
                ::core::result::Result::Ok(Self { #(#reads),* })
            }

            fn to_value(&self) -> ::kim_plugin::Value {
                let mut map = ::std::collections::BTreeMap::new();
                #(#writes)*
                ::kim_plugin::Value::Map(map)
            }
        }
    }
}

fn default(property: &Property) -> Option<TokenStream> {
    let sign = property.negative_default.then(|| quote!(-));
    Some(match property.default.as_ref()? {
        Lit::Str(text) => quote! { ::kim_plugin::Value::text(#text) },
        Lit::Bool(b) => quote! { ::kim_plugin::Value::Bool(#b) },
        Lit::Float(n) => quote! { ::kim_plugin::Value::Float(#sign #n) },
        lit => quote! { ::kim_plugin::Value::Int(#sign #lit) },
    })
}

fn bound(bound: Option<f64>) -> TokenStream {
    match bound {
        Some(n) => quote! { ::core::option::Option::Some(#n) },
        None => quote! { ::core::option::Option::None },
    }
}

/// Returns code that inserts the property's schema into `properties`.
fn schema(property: &Property) -> TokenStream {
    let Property { ty, name, docs, flags, one_of, pattern, form, holds, pins, .. } = property;
    let field = quote! { <#ty as ::kim_plugin::Field> };
    let (computed, input, immutable, volatile) =
        (flags.computed, flags.input, flags.immutable, flags.volatile);
    let (secret, write_only, set) = (flags.secret, flags.write_only, flags.set);
    let required = match (flags.required, flags.computed || property.default.is_some()) {
        (true, _) => quote! { true },
        (_, true) => quote! { false },
        _ => quote! { #field::REQUIRED },
    };
    let has_minimum = matches!(property.len, Some((Some(min), _)) if min > 0.0);
    let default = match default(property) {
        Some(default) => quote! { ::core::option::Option::Some(#default) },
        // An optional list or map that is absent counts as empty, on both sides of a comparison.
        None if !flags.computed && !flags.required && !has_minimum => quote! {
            #field::COLLECTION.then(|| ::kim_plugin::Field::lower(&#field::empty()))
        },
        None => quote! { ::core::option::Option::None },
    };
    let len = property.len.map(|(min, max)| {
        let (min, max) = (bound(min), bound(max));
        quote! { property.min = #min; property.max = #max; }
    });
    let range = property.range.map(|(min, max)| {
        let (min, max) = (bound(min), bound(max));
        quote! { limited.min = #min; limited.max = #max; }
    });
    let json = flags.json.then(|| quote! { limited.ty = ::kim_plugin::derived::Type::Json; });
    let ignore_case = flags.ignore_case.then(|| quote! { limited.ignore_case = true; });
    let holds = (!holds.is_empty()).then(|| {
        quote! { limited.holds = ::std::vec![#(::std::string::String::from(#holds)),*]; }
    });
    let form = form.as_ref().map(|form| {
        quote! { limited.form = ::core::option::Option::Some(::kim_plugin::derived::Form::#form); }
    });
    let (guard, grows) = (flags.guard, flags.grows);
    let one_of = (!one_of.is_empty()).then(|| {
        quote! { limited.one_of = ::std::vec![#(::std::string::String::from(#one_of)),*]; }
    });
    let pattern = pattern.as_ref().map(|pattern| {
        quote! { limited.pattern = ::core::option::Option::Some(::std::string::String::from(#pattern)); }
    });
    let limits = quote! { #range #json #ignore_case #holds #form #one_of #pattern };
    let limits = (!limits.is_empty()).then(|| {
        quote! {
            ::kim_plugin::derived::limit(&mut property, |limited| { #limits });
        }
    });
    quote! {
        {
            let mut property = ::kim_plugin::derived::Property {
                docs: ::std::string::String::from(#docs),
                required: #required,
                computed: #computed,
                input: #input,
                immutable: #immutable,
                volatile: #volatile,
                secret: #secret,
                write_only: #write_only,
                set: #set,
                guard: #guard,
                grows: #grows,
                pins: ::std::vec![#(::std::string::String::from(#pins)),*],
                default: #default,
                ..#field::property()
            };
            #limits
            #len
            properties.insert(::std::string::String::from(#name), property);
        }
    }
}

/// Returns code that reads one field of the struct.
fn read(property: &Property) -> TokenStream {
    let Property { field, ty, name, flags, .. } = property;
    let required = match (flags.required, flags.computed) {
        (true, _) => quote! { true },
        (_, true) => quote! { false },
        _ => quote! { <#ty as ::kim_plugin::Field>::REQUIRED },
    };
    let default = match default(property) {
        Some(default) => quote! { ::core::option::Option::Some(#default) },
        None => quote! { ::core::option::Option::None },
    };
    quote! { #field: ::kim_plugin::derived::read(value, path, #name, reading, #required, #default)? }
}

/// Returns code that inserts one field into `map`.
fn write(property: &Property) -> TokenStream {
    let Property { field, name, flags, .. } = property;
    let secret = flags.secret.then(|| quote! { let value = ::kim_plugin::Value::secret(value); });
    quote! {
        {
            let value = ::kim_plugin::Field::lower(&self.#field);
            if value != ::kim_plugin::Value::Null {
                #secret
                map.insert(::std::string::String::from(#name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(attributes: &str, field: &str) -> String {
        let text = format!("{attributes} struct Disk {{ {field}, #[kim(computed)] id: String }}");
        resource(&syn::parse_str(&text).unwrap()).unwrap_err().to_string()
    }

    const VALID: &str = r#"#[kim(kind = "toy:Disk", id = "id")]"#;

    #[test]
    fn a_mistake_in_an_attribute_is_an_error_with_advice() {
        for (field, expected) in [
            ("#[kim(computd)] size: i64", "unknown attribute; the attributes are required"),
            ("#[kim(input)] size: i64", "`input` needs `computed`"),
            ("#[kim(volatile)] size: i64", "`volatile` needs `computed`"),
            ("#[kim(required, default = 1)] size: i64", "`required` contradicts"),
            ("#[kim(computed, immutable)] size: i64", "this property is only computed"),
            ("#[kim(range = 1..5)] size: i64", "inclusive range"),
            ("#[kim(range = 5..=1)] size: i64", "the range is empty"),
            ("#[kim(default = best())] size: i64", "a default is a literal"),
            (
                r#"#[kim(default = "c", one_of("a", "b"))] size: String"#,
                "the default is not in `one_of`",
            ),
            ("#[kim(set)] size: String", "`set` is for a Vec"),
            ("#[kim(json)] size: i64", "are for texts"),
            ("#[kim(secret, secret)] size: String", "set twice"),
        ] {
            let message = error(VALID, field);
            assert!(message.contains(expected), "{field}: {message}");
        }
    }

    #[test]
    fn a_kind_needs_a_name_and_an_id_that_is_a_property() {
        assert!(error("", "size: i64").contains("a kind needs #[kim(kind"));
        assert!(
            error(r#"#[kim(kind = "Disk", id = "id")]"#, "size: i64")
                .contains("written like aws:ec2:Volume")
        );
        assert!(
            error(r#"#[kim(kind = "toy:Disk", id = "no")]"#, "size: i64")
                .contains("no property has this name")
        );
        assert!(
            error(r#"#[kim(kind = "toy:Disk", id = "id", fast)]"#, "size: i64")
                .contains("the attributes of a kind are kind, id")
        );
    }

    #[test]
    fn only_structs_with_named_fields_have_properties() {
        let tuple = syn::parse_str("struct Pair(i64, i64);").unwrap();
        assert!(object(&tuple).unwrap_err().to_string().contains("named fields"));
    }
}
