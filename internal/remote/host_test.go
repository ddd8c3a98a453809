package remote

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/ostest"
	"iab/internal/plan"
)

// hostOf opens a host that is pinned.
func hostOf(t *testing.T, h *ostest.Host) *Host {
	t.Helper()
	creds := mustEnsure(t, t.TempDir(), march)
	pinTo(t, creds.Dir, h.URL, h.CertPEM)
	opened, err := Open(t.Context(), plan.Source, h.URL, creds, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

func get(t *testing.T, h *Host, path string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := h.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, nil
}

func TestAHostIsAskedOnThePinnedConnectionOnly(t *testing.T) {
	fake := ostest.New(t)
	h := hostOf(t, fake)
	if code, err := get(t, h, "/os/1.0"); err != nil || code != http.StatusOK {
		t.Errorf("%d, %v", code, err)
	}
	if h.Pin() != fake.Fingerprint() || h.Restricted() {
		t.Errorf("pin %s, restricted %t", h.Pin(), h.Restricted())
	}
	fake.Restricted = true
	if !h.Restricted() {
		t.Error("a restricted certificate is not seen as such")
	}
	other := ostest.New(t)
	rescue, err := OpenRescue(plan.Source, other.URL, fake.Fingerprint(), h.creds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, rescue, "/os/1.0"); !ShowsAnother(err) {
		t.Errorf("another certificate than the given one: %v", err)
	}
	if asked := other.Requests(); len(asked) > 0 {
		t.Errorf("the wrong server was asked %q", asked)
	}
	rescue, err = OpenRescue(plan.Source, other.URL, other.Fingerprint(), h.creds)
	if err != nil {
		t.Fatal(err)
	}
	if code, err := get(t, rescue, "/os/1.0"); err != nil || code != http.StatusOK || rescue.Restricted() {
		t.Errorf("%d, %v", code, err)
	}
}

func TestAHostCanBeAskedOnANewConnection(t *testing.T) {
	f := newFakeServer(t)
	h, err := Open(t.Context(), plan.Source, f.URL, f.pinned(t, march), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	h.CloseIdleConnections()
	if _, err := get(t, h, "/1.0/projects"); err != nil {
		t.Fatal(err)
	}
	if len(f.addresses) != 2 {
		t.Errorf("%d connections for two requests, want 2", len(f.addresses))
	}
}

// The definitions of the fake host. What depends on the machine is named above and left out below.
const wantedState = `# Definitions of the Incus server node1, version 6.17, archived by IAB.
# On an empty server: incus admin init --preseed <FILE
# Left out, as it depends on the machine (incus config set KEY VALUE):
#   core.https_address :8443
config:
  images.auto_update_interval: "15"
storage_pools:
- name: local
  driver: btrfs
  description: ""
  config:
    size: 3GiB
networks:
- name: lan
  project: default
  type: bridge
  description: ""
  config:
    ipv4.address: 10.1.1.1/24
projects:
- name: default
  description: ""
  config:
    features.networks: "true"
    features.profiles: "true"
profiles:
- name: default
  project: default
  description: ""
  config: {}
  devices:
    root:
      path: /
      pool: local
      type: disk
# To be made by hand, the ACLs that a network names before the rest is loaded:
#   network_acls:
#   - name: web
#     project: default
#     description: ""
#     config: {}
#     egress: []
#     ingress:
#     - action: allow
#       protocol: tcp
#       destination_port: "443"
#       state: enabled
`

func TestTheDefinitionsOfAServerAreThoseOfAPreseed(t *testing.T) {
	fake := ostest.New(t)
	fake.Config = map[string]string{"core.https_address": ":8443", "images.auto_update_interval": "15", "volatile.uuid": "u"}
	data, err := hostOf(t, fake).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(wantedState, "\n"), strings.Split(string(data), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
