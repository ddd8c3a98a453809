package remote

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// state is what a server knows besides instances and volumes, in the form that `incus admin init --preseed` takes. That command
// refuses keys that it does not know (seen on 6.0.4), so what it can't make stands beside.
type state struct {
	Config   map[string]string `yaml:"config"`
	Pools    []statePool       `yaml:"storage_pools"`
	Networks []stateNetwork    `yaml:"networks"`
	Projects []stateProject    `yaml:"projects"`
	Profiles []stateProfile    `yaml:"profiles"`
	Groups   []stateGroup      `yaml:"cluster_groups,omitempty"`

	beside stateBeside
}

// stateBeside is what a person has to make by hand. It stands behind the rest as comments.
type stateBeside struct {
	ACLs    []stateACL    `yaml:"network_acls,omitempty"`
	Groups  []stateGroup  `yaml:"cluster_groups,omitempty"`
	Members []stateMember `yaml:"cluster_members,omitempty"`
}

type statePool struct {
	Name        string            `yaml:"name"`
	Driver      string            `yaml:"driver"`
	Description string            `yaml:"description"`
	Config      map[string]string `yaml:"config"`
}

type stateNetwork struct {
	Name        string            `yaml:"name"`
	Project     string            `yaml:"project"`
	Type        string            `yaml:"type"`
	Description string            `yaml:"description"`
	Config      map[string]string `yaml:"config"`
}

type stateProject struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Config      map[string]string `yaml:"config"`
}

type stateProfile struct {
	Name        string                       `yaml:"name"`
	Project     string                       `yaml:"project"`
	Description string                       `yaml:"description"`
	Config      map[string]string            `yaml:"config"`
	Devices     map[string]map[string]string `yaml:"devices"`
}

type stateGroup struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Members     []string `yaml:"members"`
}

type stateACL struct {
	Name        string               `yaml:"name"`
	Project     string               `yaml:"project"`
	Description string               `yaml:"description"`
	Config      map[string]string    `yaml:"config"`
	Egress      []api.NetworkACLRule `yaml:"egress"`
	Ingress     []api.NetworkACLRule `yaml:"ingress"`
}

type stateMember struct {
	Name        string            `yaml:"server_name"`
	URL         string            `yaml:"url"`
	Roles       []string          `yaml:"roles"`
	Groups      []string          `yaml:"groups"`
	Domain      string            `yaml:"failure_domain"`
	Description string            `yaml:"description"`
	Config      map[string]string `yaml:"config"`
}

// elsewhere are the keys of a server's config that would not work on a machine with other addresses and without volumes.
var elsewhere = []string{"core.https_address", "cluster.https_address", "core.metrics_address", "core.debug_address", "core.storage_buckets_address",
	"core.bgp_address", "core.dns_address", "core.syslog_socket", "storage.backups_volume", "storage.images_volume", "storage.logs_volume"}

// State reads the server's own definitions (its config, pools, networks and their ACLs, projects, profiles, members of the cluster)
// as YAML that `incus admin init --preseed` takes on an empty server. It may hold secrets, as the config of a server does. What
// a restricted certificate sees is not all: see Restricted.
func (h *Host) State(ctx context.Context) ([]byte, error) {
	what := "read the definitions of " + h.link.String()
	server, _, err := h.client.GetServer()
	if err != nil {
		return nil, failure(what, err)
	}
	s := state{Config: map[string]string{}}
	left := s.config(server.Config)
	for _, step := range []func(incus.InstanceServer) error{s.pools, s.projects, s.cluster} {
		if err := ctx.Err(); err != nil {
			return nil, failure(what, err)
		}
		if err := step(h.client); err != nil {
			return nil, failure(what, err)
		}
	}
	data, err := yaml.Marshal(s)
	if err != nil {
		return nil, failure(what, err)
	}
	beside, err := s.beside.comments()
	if err != nil {
		return nil, failure(what, err)
	}
	return []byte(stateHeader(server.Environment, left) + string(data) + beside), nil
}

// comments is the rest as YAML in comments, nothing if there is none.
func (s stateBeside) comments() (string, error) {
	if len(s.ACLs) == 0 && len(s.Groups) == 0 && len(s.Members) == 0 {
		return "", nil
	}
	data, err := yaml.Marshal(s)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# To be made by hand, the ACLs that a network names before the rest is loaded:\n")
	for line := range strings.Lines(string(data)) {
		b.WriteString("#   " + line)
	}
	return b.String(), nil
}

// stateHeader tells a person what to do with the file.
func stateHeader(about api.ServerEnvironment, left []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Definitions of the Incus server %s, version %s, archived by IAB.\n", about.ServerName, about.ServerVersion)
	b.WriteString("# On an empty server: incus admin init --preseed <FILE\n")
	if len(left) > 0 {
		b.WriteString("# Left out, as it depends on the machine (incus config set KEY VALUE):\n")
		for _, line := range left {
			b.WriteString("#   " + foreign(line) + "\n")
		}
	}
	return b.String()
}

// config takes the server's config and returns what it leaves out.
func (s *state) config(config map[string]string) (left []string) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		switch {
		case strings.HasPrefix(key, "volatile."):
		case slices.Contains(elsewhere, key):
			left = append(left, key+" "+config[key])
		default:
			s.Config[key] = config[key]
		}
	}
	return left
}

func (s *state) pools(c incus.InstanceServer) error {
	pools, err := c.GetStoragePools()
	for _, p := range pools {
		s.Pools = append(s.Pools, statePool{p.Name, p.Driver, p.Description, poolConfig(p.Name, p.Config)})
	}
	return err
}

// poolConfig leaves out where a pool lies if Incus itself has made that place: on another server it makes a new one.
func poolConfig(name string, config map[string]string) map[string]string {
	kept := settled(config)
	if source := kept["source"]; strings.HasSuffix(source, "/disks/"+name+".img") || strings.HasSuffix(source, "/storage-pools/"+name) {
		delete(kept, "source")
	}
	return kept
}

// settled is a config without what the server itself keeps in it.
func settled(config map[string]string) map[string]string {
	kept := map[string]string{}
	for key, value := range config {
		if !strings.HasPrefix(key, "volatile.") {
			kept[key] = value
		}
	}
	return kept
}

// projects reads the projects, and of each what it does not share with the default one.
func (s *state) projects(c incus.InstanceServer) error {
	projects, err := c.GetProjects()
	if err != nil {
		return err
	}
	for _, p := range projects {
		s.Projects = append(s.Projects, stateProject{p.Name, p.Description, p.Config})
		in := c.UseProject(p.Name)
		if p.Config["features.profiles"] == "true" {
			if err := s.profiles(in, p.Name); err != nil {
				return err
			}
		}
		if p.Config["features.networks"] == "true" {
			if err := s.networks(in, p.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *state) profiles(c incus.InstanceServer, project string) error {
	profiles, err := c.GetProfiles()
	for _, p := range profiles {
		s.Profiles = append(s.Profiles, stateProfile{p.Name, project, p.Description, p.Config, p.Devices})
	}
	return err
}

func (s *state) networks(c incus.InstanceServer, project string) error {
	networks, err := c.GetNetworks()
	if err != nil {
		return err
	}
	for _, n := range networks {
		if n.Managed {
			s.Networks = append(s.Networks, stateNetwork{n.Name, project, n.Type, n.Description, settled(n.Config)})
		}
	}
	if !c.HasExtension("network_acl") {
		return nil
	}
	acls, err := c.GetNetworkACLs()
	for _, a := range acls {
		s.beside.ACLs = append(s.beside.ACLs, stateACL{a.Name, project, a.Description, a.Config, a.Egress, a.Ingress})
	}
	return err
}

// cluster reads the members and their groups, of a server that is one.
func (s *state) cluster(c incus.InstanceServer) error {
	if !c.IsClustered() {
		return nil
	}
	members, err := c.GetClusterMembers()
	if err != nil {
		return err
	}
	for _, m := range members {
		s.beside.Members = append(s.beside.Members, stateMember{m.ServerName, m.URL, m.Roles, m.Groups, m.FailureDomain, m.Description, m.Config})
	}
	if !c.HasExtension("clustering_groups") {
		return nil
	}
	groups, err := c.GetClusterGroups()
	into := &s.beside.Groups
	if c.HasExtension("init_preseed_cluster_groups") {
		into = &s.Groups
	}
	for _, g := range groups {
		if g.Name != "default" {
			*into = append(*into, stateGroup{g.Name, g.Description, []string{}}) // the members join later
		}
	}
	return err
}
