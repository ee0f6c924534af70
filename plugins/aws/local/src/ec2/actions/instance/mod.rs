//! The actions of instances.

mod describe;
mod launch;
mod modify;
mod power;
pub(crate) mod termination;

use crate::ec2::actions::instance::describe::{describe_instance_status, describe_instances};
use crate::ec2::actions::instance::launch::{LAUNCH_SHAPE, run_instances};
use crate::ec2::actions::instance::modify::{
    ATTRIBUTE_SHAPE, METADATA_SHAPE, describe_credits, describe_instance_attribute,
    modify_attribute, modify_metadata, set_monitoring,
};
use crate::ec2::actions::instance::power::{reboot, start, stop, terminate};
use crate::ec2::views::listing::describing;
use crate::service::Action;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("RunInstances", LAUNCH_SHAPE, run_instances),
    Action::new("DescribeInstances", describing!("InstanceId.N"), describe_instances),
    Action::new(
        "DescribeInstanceStatus",
        describing!("InstanceId.N IncludeAllInstances:b"),
        describe_instance_status,
    ),
    Action::new("StartInstances", "InstanceId!.N DryRun:b", start),
    Action::new(
        "StopInstances",
        "InstanceId!.N Force:b Hibernate:b SkipOsShutdown:b DryRun:b",
        stop,
    ),
    Action::new("RebootInstances", "InstanceId!.N DryRun:b", reboot),
    Action::new("TerminateInstances", "InstanceId!.N Force:b SkipOsShutdown:b DryRun:b", terminate),
    Action::new("ModifyInstanceAttribute", ATTRIBUTE_SHAPE, modify_attribute),
    Action::new(
        "DescribeInstanceAttribute",
        "InstanceId! Attribute! DryRun:b",
        describe_instance_attribute,
    ),
    Action::new("ModifyInstanceMetadataOptions", METADATA_SHAPE, modify_metadata),
    Action::new("MonitorInstances", "InstanceId!.N DryRun:b", |call| set_monitoring(call, true)),
    Action::new("UnmonitorInstances", "InstanceId!.N DryRun:b", |call| set_monitoring(call, false)),
    Action::new(
        "DescribeInstanceCreditSpecifications",
        describing!("InstanceId.N"),
        describe_credits,
    ),
];
