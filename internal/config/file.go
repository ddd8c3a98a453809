package config

// file is the config as it stands in the JSON. Comments are descriptions in the schema; an absent key, null and the
// empty string are the same.

// What IAB replicates, between which two servers, and which snapshots it keeps.
type file struct {
	// IAB itself: credentials, behaviour and notifications.
	IAB fileIAB `json:"iab"`
	// The two servers: exactly one source and one target.
	Hosts []fileHost `json:"hosts" jsonschema:"required,minItems=2,maxItems=2"`
	// What is replicated, per Incus project. Each project stands here once.
	Projects []fileProject `json:"projects"`
	// Which snapshots made by IAB are kept. Nothing set anywhere keeps all of them.
	Retention fileRetention `json:"retention"`
}

// IAB itself: credentials, behaviour and notifications.
type fileIAB struct {
	// Directory of the client certificate and the pinned server certificates, made by onboarding. A relative path
	// begins at the working directory, ~ is the home directory. Absent: ~/.config/incusAutobackup.
	CredDir string `json:"iabCredDir"`
	// Identity of this config, set by onboarding and written on every replica. Don't change it once there are
	// replicas. Absent: an identity made of both servers' addresses.
	UUID string `json:"uuid" jsonschema:"maxLength=64"`
	// Stop running instances before the snapshot and start them again afterwards: the same as consistency stop.
	StopInstance bool `json:"stopInstance"`
	// What is done to running instances for their snapshot: nothing (crash), their processes are paused for that moment, with those of
	// all that belongs together (freeze), or they are shut down and started again (stop). Absent: crash, or stop with stopInstance.
	Consistency string `json:"consistency,omitempty" jsonschema:"enum=crash,enum=freeze,enum=stop"`
	// How long anything may be frozen for a snapshot, such as 30s or 2m, from 1s to 1h: then all goes on, and the snapshots that belong
	// together have failed. Set here it counts for what is stopped, too, without its shutdown and start. Absent: 30s for what is frozen.
	MaxPause string `json:"maxPause,omitempty"`
	// Address of a Healthchecks check that is told when a run starts, succeeds and fails.
	HealthchecksURL string `json:"healthchecksUrl"`
	// Message address of a Gotify server with the app token, told when a run fails: https://HOST/message?token=TOKEN.
	GotifyURL string `json:"gotifyUrl"`
	// Other services that are told how a run ended, by their URLs.
	Notify []fileNotify `json:"notify,omitempty"`
	// Name snapshots by UTC. Absent: by the local time of the machine that runs IAB.
	UTC bool `json:"utc"`
	// Source and target each keep what their own policies say. Absent: the target is judged by the source's policies.
	// The flag --ios-fix has the last word.
	IndependentRetention bool `json:"independentRetention"`
	// How many objects are worked on at the same time. Absent: 4.
	Parallel *int `json:"parallel,omitempty" jsonschema:"minimum=1,maximum=64"`
	// How often something is tried again that failed on a broken connection, a timeout or a busy server. Absent: 2.
	Retries *int `json:"retries,omitempty" jsonschema:"minimum=0,maximum=10"`
	// How long a copy may stand still before it is given up, also one that an earlier run has left going on, such as 30m or
	// 1h30m; at least 1s. Absent: 30m.
	StallTimeout string `json:"stallTimeout,omitempty"`
}

// A notification service: its URL alone, told of failures, or the URL and when it is told.
type fileNotify struct {
	// URL of the service: ntfy://HOST/TOPIC, smtp://USER:PASSWORD@HOST:PORT/?fromaddress=A&toaddresses=B, generic+https://HOST/PATH for a
	// webhook, or of Slack, Matrix and others.
	URL string `json:"url" jsonschema:"required,minLength=1"`
	// Told of failures only, or always. Absent: failure.
	On string `json:"on" jsonschema:"enum=failure,enum=always"`
}

// One of the two servers.
type fileHost struct {
	// A name for people, also written on the replicas. Absent: the role.
	Name string `json:"name"`
	// Data flows from the source to the target.
	Role string `json:"role" jsonschema:"required,enum=source,enum=target"`
	// Address of the Incus API: https://HOST:PORT. Absent port: 8443.
	URL string `json:"url" jsonschema:"required"`
	// Of a server that is a cluster: its member that new replicas come to, or a group of members as @GROUP, of which the one is taken that
	// holds least; of a source, what a restore brings back. What exists stays where it is. Absent: all members are one group.
	ClusterMember string `json:"clusterMember,omitempty"`
	// Archives of the system and the applications of a host that runs IncusOS, made by every run. It needs a certificate
	// of IAB that is not restricted to projects.
	OS *fileOS `json:"os,omitempty"`
	// Archives of the server's own definitions (projects, profiles, networks, pools), made by every run, in the form that
	// incus admin init --preseed reads. It needs a certificate of IAB that is not restricted to projects.
	State *fileArchives `json:"state,omitempty"`
	// How many objects are worked on at the same time on this server, where that is less than iab.parallel. A copy counts
	// on both. Absent: as many as iab.parallel says.
	Parallel *int `json:"parallel,omitempty" jsonschema:"minimum=1,maximum=64"`
	// Limits of the server's storage pools, by their names.
	Pools map[string]filePool `json:"pools,omitempty"`
}

// A storage pool of a server.
type filePool struct {
	// How many objects that lie in the pool are worked on at the same time.
	Parallel *int `json:"parallel" jsonschema:"required,minimum=1,maximum=64"`
}

// Where archives of a host go, and which of them are kept.
type fileArchives struct {
	// Directory on the machine that runs IAB. A relative path begins at the working directory, ~ is the home directory.
	Dir string `json:"dir" jsonschema:"required,minLength=1"`
	// Public keys of age (age1…) that archives are encrypted to. Absent: archives are not encrypted, which is warned about.
	Recipients []string `json:"recipients,omitempty"`
	// Which of the archives are kept. Absent: all.
	Retention policyText `json:"retention,omitempty"`
}

// Archives of IncusOS.
type fileOS struct {
	// Directory on the machine that runs IAB. A relative path begins at the working directory, ~ is the home directory.
	Dir string `json:"dir" jsonschema:"required,minLength=1"`
	// Names of the applications that are archived besides the system. Absent: all that are installed and have a state.
	Applications []string `json:"applications,omitempty"`
	// Archive of an application also what it has only cached, such as updates.
	Complete bool `json:"complete,omitempty"`
	// Public keys of age (age1…) that archives are encrypted to. Absent: archives are not encrypted, which is warned about.
	Recipients []string `json:"recipients,omitempty"`
	// Which archives of the system and of each application are kept. Absent: all.
	Retention policyText `json:"retention,omitempty"`
}

// What is replicated of one Incus project. It goes into the project of the same name on the target unless targetName is set.
type fileProject struct {
	// Name of the Incus project, or a glob: * stands for any characters, ? for one.
	Name string `json:"name" jsonschema:"required,minLength=1"`
	// Name of the project on the target. Absent: the same name.
	TargetName string `json:"targetName,omitempty"`
	// A note for people.
	Description string `json:"description"`
	// The way of the data: the source connects to the target (push), the target connects to the source (pull), or
	// both talk to IAB only (relay). Absent: push.
	Mode string `json:"mode" jsonschema:"enum=push,enum=pull,enum=relay"`
	// Containers and virtual machines.
	Instances []fileInstance `json:"instances"`
	// Custom storage volumes.
	Volumes []fileVolume `json:"volumes"`
	// What is never taken, by whatever entry of the project: NAME, instance/NAME or volume/POOL/NAME, where * stands for any
	// characters and ? for one.
	Exclude []string `json:"exclude,omitempty"`
	// Instances that belong together, besides the volumes that are attached to them: their snapshots are taken at one moment.
	Groups []fileGroup `json:"groups,omitempty"`
}

// Instances that belong together.
type fileGroup struct {
	// Name of the group, for people.
	Name string `json:"name" jsonschema:"required,minLength=1"`
	// Names of instances of this project; * and ? stand for any characters. The first group that names an instance has it.
	Instances []string `json:"instances" jsonschema:"required,minItems=1"`
}

// One container or virtual machine, or with a glob or a match all that fit.
type fileInstance struct {
	// Name of the instance, or a glob: * stands for any characters, ? for one. An entry that names an object in full goes before
	// every glob, and an earlier glob before a later one.
	Name string `json:"name" jsonschema:"required,minLength=1,maxLength=63"`
	// Pool on the target that holds the root disk. Absent: the pool of the same name as on the source.
	Storage string `json:"storage"`
	// Names of devices that the replica does not get.
	ExcludeDevices []string `json:"excludeDevices,omitempty"`
	// KEY=VALUE: takes only what has that value in its config, set on the instance or by one of its profiles.
	Match string `json:"match,omitempty"`
	// What is done to it for its snapshot while it runs. Absent: what iab.consistency says.
	Consistency string `json:"consistency,omitempty" jsonschema:"enum=crash,enum=freeze,enum=stop"`
	// Commands that are run inside by /bin/sh -c before the snapshot, in this order. One that fails stops the snapshot, and that of all
	// that belongs together with it.
	PreSnapshot []string `json:"preSnapshot,omitempty"`
	// Commands that are run inside by /bin/sh -c after the snapshot, whatever has happened before.
	PostSnapshot []string `json:"postSnapshot,omitempty"`
	// How long each of these commands may take, such as 30s or 5m, from 1s to 1h. Absent: 1m.
	HookTimeout string `json:"hookTimeout,omitempty"`
}

// One custom storage volume, or with a glob or a match all that fit.
type fileVolume struct {
	// Name of the volume, or a glob: * stands for any characters, ? for one.
	Name string `json:"name" jsonschema:"required,minLength=1"`
	// Pool on the source that holds the volume, and on the target unless targetStorage is set; or a glob.
	Storage string `json:"storage" jsonschema:"required,minLength=1"`
	// Pool on the target that holds the replica. Absent: the pool of the same name as on the source.
	TargetStorage string `json:"targetStorage,omitempty"`
	// KEY=VALUE: takes only what has that value in its config.
	Match string `json:"match,omitempty"`
	// Set to crash, its snapshot is taken apart from those of the instances that it is attached to, and nothing is paused for it.
	// Absent: it belongs to them.
	Consistency string `json:"consistency,omitempty" jsonschema:"enum=crash"`
}

// Retention policies. The most specific one that is set counts: byName, then the default of the kind, of the project, of
// the host.
type fileRetention struct {
	// Policies per role.
	Hosts filePolicySides `json:"hosts"`
}

// Policies per role.
type filePolicySides struct {
	// Policies for snapshots on the source.
	Source fileHostPolicies `json:"source"`
	// Policies for snapshots on the target. They count if independentRetention or --ios-fix=false is set.
	Target fileHostPolicies `json:"target"`
}

// Policies of one host.
type fileHostPolicies struct {
	// Policy of everything that has no other.
	Default policyText `json:"default"`
	// Policies by name of the project.
	Projects map[string]fileProjectPolicies `json:"projects,omitempty"`
}

// Policies of one project.
type fileProjectPolicies struct {
	// Policy of everything in the project that has no other.
	Default policyText `json:"default"`
	// Policies of the project's instances.
	Instances fileKindPolicies `json:"instances"`
	// Policies of the project's custom volumes.
	Volumes fileKindPolicies `json:"volumes"`
}

// Policies of one kind of objects.
type fileKindPolicies struct {
	// Policy of all objects of the kind that have no other.
	Default policyText `json:"default"`
	// Policies by name of the object.
	ByName map[string]policyText `json:"byName,omitempty"`
}

// A policy such as 6,1h2d,1d2w: an optional count of newest snapshots that are always kept, then rules of a period and
// how long it holds. Units: s, min, h, d, w, m (30 days), y (365 days). Empty: not set here.
type policyText string
