//! Size, type and speed of a volume, and the limits of each type.

use serde::{Deserialize, Serialize};

use crate::error::{AwsError, refuse};

/// Size, type and speed of a volume, and where its data and its key come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VolumeSpec {
    /// GiB.
    pub(crate) size: i64,
    pub(crate) volume_type: String,
    pub(crate) iops: Option<i64>,
    /// MiB/s.
    pub(crate) throughput: Option<i64>,
    pub(crate) snapshot_id: Option<String>,
    pub(crate) kms_key_arn: Option<String>,
}

/// What a volume type allows.
pub(crate) struct VolumeLimits {
    pub(crate) sizes: std::ops::RangeInclusive<i64>,
    /// The range of IOPS, and the most for each GiB.
    ///
    /// `None` if IOPS cannot be chosen.
    pub(crate) iops: Option<(std::ops::RangeInclusive<i64>, i64)>,
}

/// Returns the limits of a type by name.
pub(crate) fn volume_limits(volume_type: &str) -> Result<VolumeLimits, AwsError> {
    Ok(match volume_type {
        "gp3" => VolumeLimits { sizes: 1..=65536, iops: Some((3000..=80000, 500)) },
        "gp2" => VolumeLimits { sizes: 1..=16384, iops: None },
        "io1" => VolumeLimits { sizes: 4..=16384, iops: Some((100..=64000, 50)) },
        "io2" => VolumeLimits { sizes: 4..=65536, iops: Some((100..=256_000, 1000)) },
        "st1" | "sc1" => VolumeLimits { sizes: 125..=16384, iops: None },
        "standard" => VolumeLimits { sizes: 1..=1024, iops: None },
        unknown => {
            return refuse(
                "UnknownVolumeType",
                format!("Unsupported volume type '{unknown}' for volume creation."),
            );
        }
    })
}

impl VolumeSpec {
    /// Returns the IOPS that AWS shows.
    ///
    /// Those of gp2 depend on the size. Magnetic volumes and hard disks have none.
    pub(crate) fn shown_iops(&self) -> Option<i64> {
        match self.volume_type.as_str() {
            "gp2" => Some((self.size * 3).clamp(100, 16000)),
            _ => self.iops,
        }
    }

    /// Checks sizes and speeds against the type.
    ///
    /// Fills in what the type has by default.
    pub(crate) fn checked(mut self) -> Result<VolumeSpec, AwsError> {
        let limits = volume_limits(&self.volume_type)?;
        let kind = self.volume_type.as_str();
        if !limits.sizes.contains(&self.size) {
            let (least, most) = limits.sizes.into_inner();
            let message = format!(
                "Volume of {}GiB is invalid; a {kind} volume has {least} to {most} GiB.",
                self.size
            );
            return refuse("InvalidParameterValue", message);
        }
        match (&limits.iops, self.iops) {
            (None, Some(_)) => {
                let message = format!("The parameter iops is not supported for {kind} volumes.");
                return refuse("InvalidParameterCombination", message);
            }
            (Some((range, ratio)), Some(iops)) => check_iops(kind, iops, self.size, range, *ratio)?,
            (Some(_), None) if kind == "gp3" => self.iops = Some(3000),
            (Some(_), None) => {
                return refuse(
                    "InvalidParameterCombination",
                    format!("The parameter iops must be specified for {kind} volumes."),
                );
            }
            (None, None) => {}
        }
        self.check_throughput()
    }

    fn check_throughput(mut self) -> Result<VolumeSpec, AwsError> {
        if self.volume_type != "gp3" {
            let message = format!(
                "The parameter throughput is not supported for {} volumes.",
                self.volume_type
            );
            return if self.throughput.is_some() {
                refuse("InvalidParameterCombination", message)
            } else {
                Ok(self)
            };
        }
        let throughput = *self.throughput.get_or_insert(125);
        if !(125..=2000).contains(&throughput) {
            let message = format!(
                "Throughput value of {throughput} is not valid; a gp3 volume has 125 to 2000 MiB/s."
            );
            return refuse("InvalidParameterValue", message);
        }
        let iops = self.iops.unwrap_or(3000);
        if throughput * 4 > iops {
            let message = format!(
                "Throughput (MiBps) to iops ratio of {throughput}/{iops} is too high; maximum is 0.250 MiBps per iops."
            );
            return refuse("InvalidParameterValue", message);
        }
        Ok(self)
    }
}

fn check_iops(
    kind: &str,
    iops: i64,
    size: i64,
    range: &std::ops::RangeInclusive<i64>,
    ratio: i64,
) -> Result<(), AwsError> {
    if iops < *range.start() {
        let message =
            format!("Volume iops of {iops} is too low; minimum is {} for {kind}.", range.start());
        return refuse("InvalidParameterValue", message);
    }
    if iops > *range.end() {
        let message =
            format!("Volume iops of {iops} is too high; maximum is {} for {kind}.", range.end());
        return refuse("InvalidParameterValue", message);
    }
    // The IOPS that every gp3 volume includes are allowed for the smallest one too.
    if iops > size * ratio && !(kind == "gp3" && iops == 3000) {
        let message = format!(
            "Iops to volume size ratio of {iops}/{size} is too high; maximum is {ratio} a GiB for {kind}."
        );
        return refuse("InvalidParameterValue", message);
    }
    Ok(())
}
