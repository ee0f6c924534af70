//! The limits of EBS volumes: size, IOPS and throughput by type, and their relations.

/// The volume types in the spelling of the API.
#[cfg(test)]
pub(crate) const TYPES: [&str; 7] = ["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"];

/// The IOPS that every gp3 volume has, regardless of its size.
pub(crate) const GP3_IOPS: i64 = 3_000;
/// The throughput that every gp3 volume has, in MiB/s.
pub(crate) const GP3_THROUGHPUT: i64 = 125;

/// A number, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Number {
    Is(i64),
    NotKnownYet,
    Absent,
}

/// The properties of a volume that the limits are about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) volume_type: &'a str,
    pub(crate) size: Number,
    pub(crate) iops: Number,
    pub(crate) throughput: Number,
}

struct Limits {
    size: (i64, i64),
    /// `None`: the type has no settable IOPS.
    iops: Option<(i64, i64)>,
    iops_required: bool,
    iops_a_gib: i64,
}

fn limits(volume_type: &str) -> Option<Limits> {
    let plain = |size| Limits { size, iops: None, iops_required: false, iops_a_gib: 0 };
    Some(match volume_type {
        "gp3" => Limits {
            size: (1, 65_536),
            iops: Some((GP3_IOPS, 80_000)),
            iops_required: false,
            iops_a_gib: 500,
        },
        "io1" => Limits {
            size: (4, 16_384),
            iops: Some((100, 64_000)),
            iops_required: true,
            iops_a_gib: 50,
        },
        "io2" => Limits {
            size: (4, 65_536),
            iops: Some((100, 256_000)),
            iops_required: true,
            iops_a_gib: 1_000,
        },
        "gp2" => plain((1, 16_384)),
        "st1" | "sc1" => plain((125, 16_384)),
        "standard" => plain((1, 1_024)),
        _ => return None,
    })
}

/// Returns the violated limits: the wrong property and the reason.
///
/// The property is `size`, `iops` or `throughput`. Accepts an unknown type: the schema rejects it.
pub(crate) fn violations(shape: Shape<'_>) -> Vec<(&'static str, String)> {
    let Some(limits) = limits(shape.volume_type) else { return Vec::new() };
    let mut found = Vec::new();
    let mut blame = |property, why: Option<String>| found.extend(why.map(|why| (property, why)));
    blame("size", size(&shape, &limits));
    blame("iops", iops(&shape, &limits));
    blame("throughput", throughput(&shape));
    found
}

fn size(shape: &Shape<'_>, limits: &Limits) -> Option<String> {
    let (least, most) = limits.size;
    match shape.size {
        Number::Is(size) if size < least || size > most => Some(format!(
            "{size} GiB is not a size of {}: {least} to {most} GiB",
            shape.volume_type
        )),
        _ => None,
    }
}

fn iops(shape: &Shape<'_>, limits: &Limits) -> Option<String> {
    let kind = shape.volume_type;
    let Some((least, most)) = limits.iops else {
        return (shape.iops != Number::Absent)
            .then(|| format!("{kind} has no settable IOPS; gp3, io1 and io2 do"));
    };
    let iops = match shape.iops {
        Number::Is(iops) => iops,
        Number::Absent if limits.iops_required => {
            return Some(format!("{kind} needs its IOPS: {least} to {most}"));
        }
        _ => return None,
    };
    if iops < least || iops > most {
        return Some(format!("{iops} IOPS are not possible with {kind}: {least} to {most}"));
    }
    let Number::Is(size) = shape.size else { return None };
    // The IOPS that every volume of the type has are allowed at any size.
    let top = least.max(size.saturating_mul(limits.iops_a_gib));
    (iops > top).then(|| {
        format!(
            "{iops} IOPS are too many for {size} GiB: {kind} has at most {} for each GiB, here {top}",
            limits.iops_a_gib
        )
    })
}

fn throughput(shape: &Shape<'_>) -> Option<String> {
    if shape.volume_type != "gp3" {
        return (shape.throughput != Number::Absent)
            .then(|| format!("{} has no settable throughput; only gp3 does", shape.volume_type));
    }
    let Number::Is(throughput) = shape.throughput else { return None };
    if !(GP3_THROUGHPUT..=2_000).contains(&throughput) {
        return Some(format!("{throughput} MiB/s are not possible with gp3: 125 to 2000"));
    }
    let iops = match shape.iops {
        Number::Is(iops) => iops,
        Number::Absent => GP3_IOPS,
        Number::NotKnownYet => return None,
    };
    (throughput * 4 > iops).then(|| {
        let needed = throughput * 4;
        format!("{throughput} MiB/s need {needed} IOPS (gp3 has at most 0.25 MiB/s for each), but it has {iops}")
    })
}

#[cfg(test)]
mod tests {
    use super::Number::{Absent, Is, NotKnownYet};
    use super::*;

    fn blamed(
        volume_type: &str,
        size: Number,
        iops: Number,
        throughput: Number,
    ) -> Vec<&'static str> {
        violations(Shape { volume_type, size, iops, throughput })
            .into_iter()
            .map(|(property, _)| property)
            .collect()
    }

    #[test]
    fn gp3_has_3000_to_80000_iops_and_500_a_gib() {
        assert!(blamed("gp3", Is(500), Is(3_000), Is(250)).is_empty());
        assert!(blamed("gp3", Is(1), Is(3_000), Absent).is_empty(), "every gp3 volume has 3,000");
        assert!(blamed("gp3", Is(160), Is(80_000), Absent).is_empty());
        assert_eq!(blamed("gp3", Is(200), Is(1_000), Absent), ["iops"]);
        assert_eq!(blamed("gp3", Is(500), Is(80_001), Absent), ["iops"]);
        assert_eq!(blamed("gp3", Is(9), Is(5_000), Absent), ["iops"]);
        assert!(blamed("gp3", NotKnownYet, Is(80_000), Absent).is_empty());
    }

    #[test]
    fn gp3_has_125_to_2000_mib_and_a_quarter_of_its_iops() {
        assert!(blamed("gp3", Is(500), Absent, Is(750)).is_empty());
        assert_eq!(blamed("gp3", Is(500), Absent, Is(751)), ["throughput"]);
        assert_eq!(blamed("gp3", Is(500), Absent, Is(124)), ["throughput"]);
        assert_eq!(blamed("gp3", Is(500), Is(80_000), Is(2_001)), ["throughput"]);
        assert!(blamed("gp3", Is(500), NotKnownYet, Is(2_000)).is_empty());
    }

    #[test]
    fn provisioned_types_need_iops() {
        assert_eq!(blamed("io2", Is(100), Absent, Absent), ["iops"]);
        assert!(blamed("io2", Is(100), NotKnownYet, Absent).is_empty());
        assert!(blamed("io2", Is(256), Is(256_000), Absent).is_empty());
        assert_eq!(blamed("io2", Is(255), Is(256_000), Absent), ["iops"]);
        assert_eq!(blamed("io1", Is(100), Is(5_001), Absent), ["iops"]);
        assert_eq!(blamed("io1", Is(100), Is(5_000), Is(500)), ["throughput"]);
    }

    #[test]
    fn the_other_types_have_neither() {
        for kind in ["gp2", "st1", "sc1", "standard"] {
            assert!(blamed(kind, Is(500), Absent, Absent).is_empty(), "{kind}");
            assert_eq!(blamed(kind, Is(500), Is(3_000), Is(125)), ["iops", "throughput"], "{kind}");
        }
        assert_eq!(blamed("st1", Is(124), Absent, Absent), ["size"]);
        assert_eq!(blamed("standard", Is(1_025), Absent, Absent), ["size"]);
        assert!(TYPES.iter().all(|kind| limits(kind).is_some()));
    }
}
