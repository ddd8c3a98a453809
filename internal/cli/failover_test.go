package cli

import (
	"context"
	"errors"
	"testing"

	"iab/internal/config"
	"iab/internal/plan"
)

// What was agreed to is what runs: a source that has changed while the question stood is looked at anew.
func TestAFailoverThatWasAgreedToIsTheOneThatWasShown(t *testing.T) {
	s := newStage(t)
	s.write("config.json", failoverConfig)
	scene("credentials")(s)
	scene("new")(s)
	s.play("iab run -q")
	a := s.app(nil, nil)
	cfg, err := config.Load("config.json")
	if err != nil {
		t.Fatal(err)
	}
	pair := examinedWorld{pair{s.world}, s}
	asked := takeoverRequest{refs: []string{"web1"}, over: true, reachable: true, at: s.now}
	shown, err := a.planTakeover(context.Background(), cfg, pair, asked)
	if err != nil || len(shown.list) != 1 || len(shown.list[0].Run) == 0 {
		t.Fatalf("%+v: %v", shown.list, err)
	}
	s.play("advance 1h")
	same, err := a.unchanged(context.Background(), cfg, pair, asked, shown)
	if err != nil || same.first.Snapshot != shown.first.Snapshot {
		t.Errorf("an hour later: %v", err)
	}
	s.take(plan.Source, instance("web1"), "before-upgrade")
	var own *failure
	if _, err := a.unchanged(context.Background(), cfg, pair, asked, shown); !errors.As(err, &own) || own.code != exitJobs || own.hint == "" {
		t.Errorf("with another snapshot to send: %v", err)
	}
}

const failoverConfig = `{
  "iab": {"iabCredDir": "creds", "uuid": "` + identity + `", "parallel": 1},
  "hosts": [
    {"name": "incus1", "role": "source", "url": "https://source:8443"},
    {"name": "incus2", "role": "target", "url": "https://target:8443"}
  ],
  "projects": [{"name": "default", "instances": [{"name": "web1", "storage": "local"}]}]
}`
