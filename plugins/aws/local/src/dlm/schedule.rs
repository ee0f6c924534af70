//! Schedules: when snapshots are created, and how long they are kept.
//!
//! They also say what else is done with the snapshots.

use serde::{Deserialize, Serialize};

use crate::dlm::rules::{invalid_request, read_pairs};
use crate::error::AwsError;
use crate::params::Params;

/// The shape of a schedule.
macro_rules! schedule {
    () => {
        "Name CopyTags:b TagsToAdd.N{Key! Value!} VariableTags.N{Key! Value!}
        CreateRule{Location=CLOUD Interval:i IntervalUnit=HOURS Times.N CronExpression}
        RetainRule{Count:i Interval:i IntervalUnit=DAYS|WEEKS|MONTHS|YEARS}
        DeprecateRule{Count:i Interval:i IntervalUnit=DAYS|WEEKS|MONTHS|YEARS}
        FastRestoreRule{Count:i Interval:i IntervalUnit=DAYS|WEEKS|MONTHS|YEARS AvailabilityZones.N}
        CrossRegionCopyRules.N{TargetRegion Target Encrypted!:b CmkArn CopyTags:b
            RetainRule{Interval:i IntervalUnit=DAYS|WEEKS|MONTHS|YEARS}
            DeprecateRule{Interval:i IntervalUnit=DAYS|WEEKS|MONTHS|YEARS}}
        ShareRules.N{TargetAccounts!.N UnshareInterval:i UnshareIntervalUnit=DAYS|WEEKS|MONTHS|YEARS}"
    };
}
pub(crate) use schedule;

/// When a schedule creates snapshots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Frequency {
    /// An interval in hours, and the time of day at which it begins, if given.
    Hours(i64, Option<String>),
    /// At the times of a cron expression.
    Cron(String),
}

/// Reads a schedule and checks it against every rule.
///
/// `at` is its path in the request, for refusals.
pub(crate) fn check_schedule(
    region: &str,
    params: &Params,
    at: &str,
    policy_type: &str,
    resource_type: &str,
) -> Result<Frequency, AwsError> {
    if let Some(name) = params.text("Name") {
        let allowed = |c: char| c.is_ascii_alphanumeric() || " _-".contains(c);
        if name.is_empty() || name.len() > 120 || !name.chars().all(allowed) {
            return invalid_request(format!(
                "{at}.Name must have 1 to 120 of [0-9A-Za-z _-], not '{name}'"
            ));
        }
    }
    check_tags(params, at, resource_type)?;
    let Some(create) = params.get("CreateRule") else {
        return invalid_request(format!("{at}.CreateRule is required"));
    };
    let frequency = check_create(create, &format!("{at}.CreateRule"))?;
    let Some(retain) = params.get("RetainRule") else {
        return invalid_request(format!("{at}.RetainRule is required"));
    };
    let kept = check_age_or_count(retain, &format!("{at}.RetainRule"))?;
    if let Some(rule) = params.get("DeprecateRule") {
        if policy_type != "IMAGE_MANAGEMENT" {
            return invalid_request(format!("{at}.DeprecateRule is only for image policies"));
        }
        within(
            check_age_or_count(rule, &format!("{at}.DeprecateRule"))?,
            kept,
            &format!("{at}.DeprecateRule"),
        )?;
    }
    if let Some(rule) = params.get("FastRestoreRule") {
        check_fast_restore(region, rule, kept, &format!("{at}.FastRestoreRule"))?;
    }
    check_copies(params, at)?;
    check_shares(params, at)?;
    Ok(frequency)
}

fn check_tags(params: &Params, at: &str, resource_type: &str) -> Result<(), AwsError> {
    let added = read_pairs(params, "TagsToAdd")?;
    let variable = read_pairs(params, "VariableTags")?;
    if added.len() + variable.len() > 45 {
        return invalid_request(format!(
            "{at} adds {} tags, at most 45 are allowed",
            added.len() + variable.len()
        ));
    }
    if let Some((key, _)) =
        added.iter().chain(&variable).find(|(key, _)| key.to_lowercase().starts_with("aws:"))
    {
        return invalid_request(format!(
            "{at} adds the tag {key}; keys that begin with aws: are reserved"
        ));
    }
    if !variable.is_empty() && resource_type != "INSTANCE" {
        return invalid_request(format!(
            "{at}.VariableTags is only for policies that target instances"
        ));
    }
    let known = |value: &str| matches!(value, "$(instance-id)" | "$(timestamp)");
    if let Some((_, value)) = variable.iter().find(|(_, value)| !known(value)) {
        return invalid_request(format!(
            "{at}.VariableTags: values are $(instance-id) or $(timestamp), not '{value}'"
        ));
    }
    Ok(())
}

fn check_create(rule: &Params, at: &str) -> Result<Frequency, AwsError> {
    let times = rule.texts("Times");
    let (interval, unit) = (rule.number("Interval"), rule.text("IntervalUnit"));
    match (interval, rule.text("CronExpression")) {
        (Some(_), Some(_)) => {
            invalid_request(format!("{at}: Interval and CronExpression exclude each other"))
        }
        (None, None) => invalid_request(format!("{at} needs an Interval or a CronExpression")),
        (None, Some(_)) if unit.is_some() || rule.get("Times").is_some() => {
            invalid_request(format!("{at}: IntervalUnit and Times do not go with a CronExpression"))
        }
        (None, Some(cron)) => check_cron(cron, at).map(|()| Frequency::Cron(cron.to_owned())),
        (Some(interval), None) => {
            if !matches!(interval, 1 | 2 | 3 | 4 | 6 | 8 | 12 | 24) {
                return invalid_request(format!(
                    "{at}.Interval must be one of 1, 2, 3, 4, 6, 8, 12, 24, not {interval}"
                ));
            }
            if unit.is_none() {
                return invalid_request(format!("{at}.IntervalUnit is required with an Interval"));
            }
            if times.len() > 1 {
                return invalid_request(format!(
                    "{at}.Times must have at most one time, not {}",
                    times.len()
                ));
            }
            if let Some(time) = times.iter().find(|time| !is_time(time)) {
                return invalid_request(format!(
                    "{at}.Times: '{time}' is not hh:mm, from 00:00 to 23:59"
                ));
            }
            Ok(Frequency::Hours(interval, times.first().map(|time| (*time).to_owned())))
        }
    }
}

fn is_time(text: &str) -> bool {
    let part = |text: &str, most: u32| {
        text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u32>().is_ok_and(|number| number <= most)
    };
    text.split_once(':').is_some_and(|(hours, minutes)| part(hours, 23) && part(minutes, 59))
}

/// Rejects text that is not a cron expression.
///
/// The form is `cron(minutes hours day-of-month month day-of-week year)`, with the characters that
/// cron allows.
fn check_cron(text: &str, at: &str) -> Result<(), AwsError> {
    let fields = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let fields: Vec<&str> = fields.map(|fields| fields.split(' ').collect()).unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || ",-*/?#".contains(c);
    let well_formed = fields.len() == 6
        && (17..=106).contains(&text.len())
        && fields.iter().all(|field| !field.is_empty() && field.chars().all(allowed));
    if !well_formed {
        return invalid_request(format!(
            "{at}.CronExpression must be cron() of six fields, not '{text}'"
        ));
    }
    if (fields[2] == "?") == (fields[4] == "?") {
        return invalid_request(format!(
            "{at}.CronExpression: exactly one of day-of-month and day-of-week must be '?'"
        ));
    }
    if let Some((part, name)) = fields.iter().zip(CRON_FIELDS).find_map(|(field, known)| {
        field.split(',').find(|part| !known.takes(part)).map(|part| (part, known.name))
    }) {
        return invalid_request(format!("{at}.CronExpression: '{part}' is not valid for {name}"));
    }
    // "The schedule interval must be between 1 hour and 1 year." (DLM API reference, CreateRule)
    if fields[0].parse::<u32>().is_err() {
        return invalid_request(format!(
            "{at}.CronExpression: snapshots are at least one hour apart, so the minutes are one number, not '{}'",
            fields[0]
        ));
    }
    Ok(())
}

/// A field of a cron expression.
struct CronField {
    name: &'static str,
    least: u32,
    most: u32,
    /// The words for the values from `least` on.
    words: &'static [&'static str],
    /// The further forms, after a number or alone.
    special: &'static [char],
}

const MONTHS: &[&str] =
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The fields in order. (EventBridge user guide, "Cron expressions")
const CRON_FIELDS: [CronField; 6] = [
    CronField { name: "minutes", least: 0, most: 59, words: &[], special: &[] },
    CronField { name: "hours", least: 0, most: 23, words: &[], special: &[] },
    CronField { name: "day-of-month", least: 1, most: 31, words: &[], special: &['?', 'L', 'W'] },
    CronField { name: "month", least: 1, most: 12, words: MONTHS, special: &[] },
    CronField { name: "day-of-week", least: 1, most: 7, words: DAYS, special: &['?', 'L', '#'] },
    CronField { name: "year", least: 1970, most: 2199, words: &[], special: &[] },
];

impl CronField {
    /// Returns true for `*`, a value, a range, or steps through these.
    fn takes(&self, part: &str) -> bool {
        let (base, step) =
            part.split_once('/').map_or((part, None), |(base, step)| (base, Some(step)));
        if step.is_some_and(|step| !step.parse::<u32>().is_ok_and(|step| step >= 1)) {
            return false;
        }
        match base.split_once('-') {
            _ if base == "*" => true,
            Some((from, to)) => match (self.value(from), self.value(to)) {
                (Some(from), Some(to)) => from <= to,
                _ => false,
            },
            None => self.value(base).is_some() || step.is_none() && self.is_special(base),
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let at = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let word = at.and_then(|at| u32::try_from(at).ok()).map(|at| at + self.least);
        let number = text.parse::<u32>().ok().filter(|_| !text.starts_with('+'));
        word.or(number).filter(|number| (self.least..=self.most).contains(number))
    }

    /// Returns true for such as `?`, `L`, `15W` and `3#2`, where the field has them.
    fn is_special(&self, text: &str) -> bool {
        if let Some((day, week)) = text.split_once('#') {
            let is_week = week.parse::<u32>().is_ok_and(|week| (1..=5).contains(&week));
            return self.special.contains(&'#') && self.value(day).is_some() && is_week;
        }
        let end = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let day = &text[..text.len() - end.len()];
        let is_day = day.is_empty() || self.value(day).is_some() && end != "?";
        !end.is_empty() && is_day && end.chars().all(|mark| self.special.contains(&mark))
    }
}

/// How long something is kept: a number of them, or days.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Count(i64),
    Days(i64),
}

fn check_age_or_count(rule: &Params, at: &str) -> Result<Kept, AwsError> {
    match (rule.number("Count"), rule.number("Interval"), rule.text("IntervalUnit")) {
        (Some(count @ 1..=1000), None, None) => Ok(Kept::Count(count)),
        (Some(count), None, None) => {
            invalid_request(format!("{at}.Count must be 1 to 1000, not {count}"))
        }
        (None, Some(interval), Some(unit)) => age(interval, unit, at).map(Kept::Days),
        (Some(_), _, _) => {
            invalid_request(format!("{at}: Count does not go with Interval and IntervalUnit"))
        }
        (None, _, _) => {
            invalid_request(format!("{at} needs a Count, or an Interval and an IntervalUnit"))
        }
    }
}

/// Returns an age in days: at least one unit, at most a hundred years.
fn age(interval: i64, unit: &str, at: &str) -> Result<i64, AwsError> {
    let (most, days) = match unit {
        "DAYS" => (36_500, 1),
        "WEEKS" => (5_200, 7),
        "MONTHS" => (1_200, 30),
        _ => (100, 365),
    };
    if !(1..=most).contains(&interval) {
        return invalid_request(format!(
            "{at}.Interval must be 1 to {most} {unit}, not {interval}"
        ));
    }
    Ok(interval * days)
}

/// Rejects a rule that lasts longer than the snapshots that it is about.
fn within(inner: Kept, outer: Kept, at: &str) -> Result<(), AwsError> {
    match (inner, outer) {
        (Kept::Count(inner), Kept::Count(outer)) | (Kept::Days(inner), Kept::Days(outer))
            if inner <= outer =>
        {
            Ok(())
        }
        (Kept::Count(_), Kept::Count(_)) | (Kept::Days(_), Kept::Days(_)) => {
            invalid_request(format!("{at} must not be for longer than RetainRule"))
        }
        _ => invalid_request(format!("{at} must be a Count or an age, whichever RetainRule is")),
    }
}

fn check_fast_restore(region: &str, rule: &Params, kept: Kept, at: &str) -> Result<(), AwsError> {
    within(check_age_or_count(rule, at)?, kept, at)?;
    let zones = rule.texts("AvailabilityZones");
    if !(1..=10).contains(&zones.len()) {
        return invalid_request(format!(
            "{at}.AvailabilityZones must name 1 to 10 zones, not {}",
            zones.len()
        ));
    }
    let elsewhere = |zone: &&&str| {
        let letter = zone.strip_prefix(region).unwrap_or_default();
        !matches!(letter.as_bytes(), [b'a'..=b'z'])
    };
    match zones.iter().find(elsewhere) {
        Some(zone) => {
            invalid_request(format!("{at}.AvailabilityZones: {zone} is no zone of {region}"))
        }
        None => Ok(()),
    }
}

fn check_copies(params: &Params, at: &str) -> Result<(), AwsError> {
    let rules = params.list("CrossRegionCopyRules");
    if rules.len() > 3 {
        return invalid_request(format!(
            "{at}.CrossRegionCopyRules must have at most 3 rules, not {}",
            rules.len()
        ));
    }
    let mut targets = Vec::new();
    for rule in rules {
        let target = match (rule.text("TargetRegion"), rule.text("Target")) {
            (Some(target), None) | (None, Some(target)) => target,
            _ => {
                return invalid_request(format!(
                    "{at}.CrossRegionCopyRules: give either TargetRegion or Target"
                ));
            }
        };
        if !is_region(target) || targets.contains(&target) {
            return invalid_request(format!(
                "{at}.CrossRegionCopyRules: '{target}' is no region, or is there twice"
            ));
        }
        targets.push(target);
        if rule.text("CmkArn").is_some() && rule.flag("Encrypted") != Some(true) {
            return invalid_request(format!(
                "{at}.CrossRegionCopyRules: CmkArn needs Encrypted to be true"
            ));
        }
        for name in ["RetainRule", "DeprecateRule"] {
            let Some(rule) = rule.get(name) else { continue };
            match (rule.number("Interval"), rule.text("IntervalUnit")) {
                (Some(interval), Some(unit)) => {
                    age(interval, unit, &format!("{at}.CrossRegionCopyRules.{name}"))?
                }
                _ => {
                    return invalid_request(format!(
                        "{at}.CrossRegionCopyRules.{name} needs Interval and IntervalUnit"
                    ));
                }
            };
        }
    }
    Ok(())
}

/// Returns true if a text has the form of a region's name, such as `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(words.len(), 2 | 3)
        && words.iter().all(word)
        && matches!(number.as_bytes(), [b'0'..=b'9'])
}

fn check_shares(params: &Params, at: &str) -> Result<(), AwsError> {
    let rules = params.list("ShareRules");
    if rules.len() > 1 {
        return invalid_request(format!(
            "{at}.ShareRules must have at most one rule, not {}",
            rules.len()
        ));
    }
    for rule in rules {
        let accounts = rule.texts("TargetAccounts");
        let is_account =
            |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if accounts.is_empty() || !accounts.iter().all(is_account) {
            return invalid_request(format!(
                "{at}.ShareRules.TargetAccounts must name accounts of 12 digits"
            ));
        }
        match (rule.number("UnshareInterval"), rule.text("UnshareIntervalUnit")) {
            (None, None) => {}
            (Some(interval), Some(unit)) => {
                age(interval, unit, &format!("{at}.ShareRules.Unshare"))?;
            }
            _ => {
                return invalid_request(format!(
                    "{at}.ShareRules: UnshareInterval and UnshareIntervalUnit go together"
                ));
            }
        }
    }
    Ok(())
}
