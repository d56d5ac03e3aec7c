//! The built-in kinds as a table: what a real server's discovery says of each, and how it takes
//! writes. Groups stand in the order in which discovery lists them.

use super::row::{Builtin, Sub, cluster, namespaced, sub};

const NO_COLLECTION: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];

const CREATE: &[&str] = &["create"];
const CREATE_GET: &[&str] = &["create", "get"];
const GET: &[&str] = &["get"];
const UPDATE: &[&str] = &["update"];
const EDIT: &[&str] = &["get", "patch", "update"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];

const NAMESPACES_SUBS: &[Sub] = &[sub("finalize", "", "", "Namespace", UPDATE)];

const NODES_SUBS: &[Sub] = &[sub("proxy", "", "", "NodeProxyOptions", PROXY)];

const PODS_SUBS: &[Sub] = &[
    sub("attach", "", "", "PodAttachOptions", CREATE_GET),
    sub("binding", "", "", "Binding", CREATE),
    sub("ephemeralcontainers", "", "", "Pod", EDIT),
    sub("eviction", "policy", "v1", "Eviction", CREATE),
    sub("exec", "", "", "PodExecOptions", CREATE_GET),
    sub("log", "", "", "Pod", GET),
    sub("portforward", "", "", "PodPortForwardOptions", CREATE_GET),
    sub("proxy", "", "", "PodProxyOptions", PROXY),
    sub("resize", "", "", "Pod", EDIT),
];

const SERVICEACCOUNTS_SUBS: &[Sub] =
    &[sub("token", "authentication.k8s.io", "v1", "TokenRequest", CREATE)];

const SERVICES_SUBS: &[Sub] = &[sub("proxy", "", "", "ServiceProxyOptions", PROXY)];

const CERTIFICATESIGNINGREQUESTS_SUBS: &[Sub] =
    &[sub("approval", "", "", "CertificateSigningRequest", EDIT)];

pub(crate) const BUILTINS: &[Builtin] = &[
    namespaced("", "v1", "bindings", "binding", "Binding").review(),
    cluster("", "v1", "componentstatuses", "componentstatus", "ComponentStatus")
        .verbs(&["get", "list"])
        .short(&["cs"]),
    namespaced("", "v1", "configmaps", "configmap", "ConfigMap").short(&["cm"]),
    namespaced("", "v1", "endpoints", "endpoints", "Endpoints").short(&["ep"]).upserts(),
    namespaced("", "v1", "events", "event", "Event").short(&["ev"]).upserts(),
    namespaced("", "v1", "limitranges", "limitrange", "LimitRange").short(&["limits"]).upserts(),
    cluster("", "v1", "namespaces", "namespace", "Namespace")
        .verbs(NO_COLLECTION)
        .short(&["ns"])
        .status()
        .subs(NAMESPACES_SUBS),
    cluster("", "v1", "nodes", "node", "Node").short(&["no"]).status().subs(NODES_SUBS),
    namespaced(
        "",
        "v1",
        "persistentvolumeclaims",
        "persistentvolumeclaim",
        "PersistentVolumeClaim",
    )
    .short(&["pvc"])
    .status(),
    cluster("", "v1", "persistentvolumes", "persistentvolume", "PersistentVolume")
        .short(&["pv"])
        .status(),
    namespaced("", "v1", "pods", "pod", "Pod")
        .short(&["po"])
        .categories(&["all"])
        .status()
        .subs(PODS_SUBS)
        .generation(),
    namespaced("", "v1", "podtemplates", "podtemplate", "PodTemplate").upserts(),
    namespaced(
        "",
        "v1",
        "replicationcontrollers",
        "replicationcontroller",
        "ReplicationController",
    )
    .short(&["rc"])
    .categories(&["all"])
    .status()
    .scale()
    .generation(),
    namespaced("", "v1", "resourcequotas", "resourcequota", "ResourceQuota")
        .short(&["quota"])
        .status(),
    namespaced("", "v1", "secrets", "secret", "Secret"),
    namespaced("", "v1", "serviceaccounts", "serviceaccount", "ServiceAccount")
        .short(&["sa"])
        .subs(SERVICEACCOUNTS_SUBS),
    namespaced("", "v1", "services", "service", "Service")
        .short(&["svc"])
        .categories(&["all"])
        .status()
        .subs(SERVICES_SUBS)
        .upserts(),
    cluster("apiregistration.k8s.io", "v1", "apiservices", "apiservice", "APIService")
        .categories(&["api-extensions"])
        .status()
        .conditional(),
    namespaced("apps", "v1", "controllerrevisions", "controllerrevision", "ControllerRevision"),
    namespaced("apps", "v1", "daemonsets", "daemonset", "DaemonSet")
        .short(&["ds"])
        .categories(&["all"])
        .status()
        .generation(),
    namespaced("apps", "v1", "deployments", "deployment", "Deployment")
        .short(&["deploy"])
        .categories(&["all"])
        .status()
        .scale()
        .generation(),
    namespaced("apps", "v1", "replicasets", "replicaset", "ReplicaSet")
        .short(&["rs"])
        .categories(&["all"])
        .status()
        .scale()
        .generation(),
    namespaced("apps", "v1", "statefulsets", "statefulset", "StatefulSet")
        .short(&["sts"])
        .categories(&["all"])
        .status()
        .scale()
        .generation(),
    namespaced("events.k8s.io", "v1", "events", "event", "Event").short(&["ev"]).upserts(),
    cluster(
        "authentication.k8s.io",
        "v1",
        "selfsubjectreviews",
        "selfsubjectreview",
        "SelfSubjectReview",
    )
    .review(),
    cluster("authentication.k8s.io", "v1", "tokenreviews", "tokenreview", "TokenReview").review(),
    namespaced(
        "authorization.k8s.io",
        "v1",
        "localsubjectaccessreviews",
        "localsubjectaccessreview",
        "LocalSubjectAccessReview",
    )
    .review(),
    cluster(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "selfsubjectaccessreview",
        "SelfSubjectAccessReview",
    )
    .review(),
    cluster(
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        "selfsubjectrulesreview",
        "SelfSubjectRulesReview",
    )
    .review(),
    cluster(
        "authorization.k8s.io",
        "v1",
        "subjectaccessreviews",
        "subjectaccessreview",
        "SubjectAccessReview",
    )
    .review(),
    namespaced(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        "HorizontalPodAutoscaler",
    )
    .short(&["hpa"])
    .categories(&["all"])
    .status(),
    namespaced(
        "autoscaling",
        "v1",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        "HorizontalPodAutoscaler",
    )
    .short(&["hpa"])
    .categories(&["all"])
    .status(),
    namespaced("batch", "v1", "cronjobs", "cronjob", "CronJob")
        .short(&["cj"])
        .categories(&["all"])
        .status()
        .generation(),
    namespaced("batch", "v1", "jobs", "job", "Job").categories(&["all"]).status().generation(),
    cluster(
        "certificates.k8s.io",
        "v1",
        "certificatesigningrequests",
        "certificatesigningrequest",
        "CertificateSigningRequest",
    )
    .short(&["csr"])
    .status()
    .subs(CERTIFICATESIGNINGREQUESTS_SUBS),
    cluster("networking.k8s.io", "v1", "ingressclasses", "ingressclass", "IngressClass")
        .generation(),
    namespaced("networking.k8s.io", "v1", "ingresses", "ingress", "Ingress")
        .short(&["ing"])
        .status()
        .generation(),
    cluster("networking.k8s.io", "v1", "ipaddresses", "ipaddress", "IPAddress")
        .short(&["ip"])
        .generation(),
    namespaced("networking.k8s.io", "v1", "networkpolicies", "networkpolicy", "NetworkPolicy")
        .short(&["netpol"])
        .generation(),
    cluster("networking.k8s.io", "v1", "servicecidrs", "servicecidr", "ServiceCIDR")
        .status()
        .generation(),
    namespaced(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "poddisruptionbudget",
        "PodDisruptionBudget",
    )
    .short(&["pdb"])
    .status()
    .generation()
    .conditional(),
    cluster(
        "rbac.authorization.k8s.io",
        "v1",
        "clusterrolebindings",
        "clusterrolebinding",
        "ClusterRoleBinding",
    )
    .upserts(),
    cluster("rbac.authorization.k8s.io", "v1", "clusterroles", "clusterrole", "ClusterRole")
        .upserts(),
    namespaced("rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding", "RoleBinding")
        .upserts(),
    namespaced("rbac.authorization.k8s.io", "v1", "roles", "role", "Role").upserts(),
    cluster("storage.k8s.io", "v1", "csidrivers", "csidriver", "CSIDriver").conditional(),
    cluster("storage.k8s.io", "v1", "csinodes", "csinode", "CSINode").conditional(),
    namespaced(
        "storage.k8s.io",
        "v1",
        "csistoragecapacities",
        "csistoragecapacity",
        "CSIStorageCapacity",
    ),
    cluster("storage.k8s.io", "v1", "storageclasses", "storageclass", "StorageClass")
        .short(&["sc"]),
    cluster("storage.k8s.io", "v1", "volumeattachments", "volumeattachment", "VolumeAttachment")
        .status(),
    cluster(
        "storage.k8s.io",
        "v1",
        "volumeattributesclasses",
        "volumeattributesclass",
        "VolumeAttributesClass",
    )
    .short(&["vac"]),
    cluster(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicy",
        "MutatingAdmissionPolicy",
    )
    .categories(&["api-extensions"])
    .generation()
    .conditional(),
    cluster(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingadmissionpolicybindings",
        "mutatingadmissionpolicybinding",
        "MutatingAdmissionPolicyBinding",
    )
    .categories(&["api-extensions"])
    .generation()
    .conditional(),
    cluster(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "mutatingwebhookconfiguration",
        "MutatingWebhookConfiguration",
    )
    .categories(&["api-extensions"])
    .generation()
    .conditional(),
    cluster(
        "admissionregistration.k8s.io",
        "v1",
        "validatingadmissionpolicies",
        "validatingadmissionpolicy",
        "ValidatingAdmissionPolicy",
    )
    .categories(&["api-extensions"])
    .status()
    .generation()
    .conditional(),
    cluster(
        "admissionregistration.k8s.io",
        "v1",
        "validatingadmissionpolicybindings",
        "validatingadmissionpolicybinding",
        "ValidatingAdmissionPolicyBinding",
    )
    .categories(&["api-extensions"])
    .generation()
    .conditional(),
    cluster(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "validatingwebhookconfiguration",
        "ValidatingWebhookConfiguration",
    )
    .categories(&["api-extensions"])
    .generation()
    .conditional(),
    cluster(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "customresourcedefinition",
        "CustomResourceDefinition",
    )
    .short(&["crd", "crds"])
    .categories(&["api-extensions"])
    .status()
    .generation()
    .conditional(),
    cluster("scheduling.k8s.io", "v1", "priorityclasses", "priorityclass", "PriorityClass")
        .short(&["pc"]),
    namespaced("coordination.k8s.io", "v1", "leases", "lease", "Lease").conditional().upserts(),
    cluster("node.k8s.io", "v1", "runtimeclasses", "runtimeclass", "RuntimeClass").conditional(),
    namespaced("discovery.k8s.io", "v1", "endpointslices", "endpointslice", "EndpointSlice")
        .generation(),
    cluster("resource.k8s.io", "v1", "deviceclasses", "deviceclass", "DeviceClass").generation(),
    namespaced("resource.k8s.io", "v1", "resourceclaims", "resourceclaim", "ResourceClaim")
        .status(),
    namespaced(
        "resource.k8s.io",
        "v1",
        "resourceclaimtemplates",
        "resourceclaimtemplate",
        "ResourceClaimTemplate",
    ),
    cluster("resource.k8s.io", "v1", "resourceslices", "resourceslice", "ResourceSlice")
        .generation(),
    cluster("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "flowschema", "FlowSchema")
        .status()
        .generation()
        .conditional(),
    cluster(
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "prioritylevelconfigurations",
        "prioritylevelconfiguration",
        "PriorityLevelConfiguration",
    )
    .status()
    .generation()
    .conditional(),
];
