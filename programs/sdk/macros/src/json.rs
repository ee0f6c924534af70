//! The expansion of `kim::json!`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Result, Token, braced, bracketed, token};

enum Json {
    Null,
    Object(Vec<(Expr, Json)>),
    Array(Vec<Json>),
    Expression(Expr),
}

struct Entry(Expr, Json);

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Entry> {
        let key = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Entry(key, input.parse()?))
    }
}

impl Parse for Json {
    fn parse(input: ParseStream<'_>) -> Result<Json> {
        let content;
        if input.peek(token::Brace) {
            braced!(content in input);
            let entries = Punctuated::<Entry, Token![,]>::parse_terminated(&content)?;
            return Ok(Json::Object(
                entries.into_iter().map(|Entry(key, value)| (key, value)).collect(),
            ));
        }
        if input.peek(token::Bracket) {
            bracketed!(content in input);
            return Ok(Json::Array(
                Punctuated::<Json, Token![,]>::parse_terminated(&content)?.into_iter().collect(),
            ));
        }
        match input.parse()? {
            Expr::Path(path) if path.path.is_ident("null") => Ok(Json::Null),
            expression => Ok(Json::Expression(expression)),
        }
    }
}

impl Json {
    fn tokens(&self) -> TokenStream {
        match self {
            Json::Null => quote!(::kim::Value::Null),
            Json::Object(entries) => {
                let keys = entries.iter().map(|(key, _)| key);
                let values = entries.iter().map(|(_, value)| value.tokens());
                quote!(::kim::Value::Map(::std::collections::BTreeMap::from([
                    #((::std::string::String::from(#keys), #values)),*
                ])))
            }
            Json::Array(items) => {
                let items = items.iter().map(Json::tokens);
                quote!(::kim::Value::List(::std::vec![#(#items),*]))
            }
            Json::Expression(expression) => quote!(::kim::IntoValue::into_value(#expression)),
        }
    }
}

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    Ok(syn::parse2::<Json>(input)?.tokens())
}
