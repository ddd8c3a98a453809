//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"

	"iab/internal/plan"
)

// object is anything that encodes to a part of the config.
type object = map[string]any

func (f *fixture) configPath() string { return filepath.Join(f.dir, "config.json") }

// config reads the config.
func (f *fixture) config() object {
	f.Helper()
	data, err := os.ReadFile(f.configPath())
	f.must(err)
	cfg := object{}
	f.must(json.Unmarshal(data, &cfg))
	return cfg
}

// configure writes projects, retention and other top-level keys into the config. The keys of "iab" are merged.
func (f *fixture) configure(parts object) {
	f.Helper()
	cfg := f.config()
	for key, value := range parts {
		if key == "iab" {
			maps.Copy(cfg["iab"].(object), value.(object))
			continue
		}
		cfg[key] = value
	}
	if iab := cfg["iab"].(object); iab["stallTimeout"] == nil {
		iab["stallTimeout"] = "4m" // with that of nights, a copy that stands still would end the tests by their own limit
	}
	data, err := json.MarshalIndent(cfg, "", "  ")
	f.must(err)
	f.must(os.WriteFile(f.configPath(), data, 0o600))
}

// identity is the uuid that onboarding wrote.
func (f *fixture) identity() string {
	f.Helper()
	return f.config()["iab"].(object)["uuid"].(string)
}

// replicate configures the objects, all in their own project and pool "local" on the target, pushed.
func (f *fixture) replicate(refs ...plan.Ref) {
	f.Helper()
	f.configure(object{"projects": []object{project(f.project, "push", refs...)}})
}

// project is a config's project with these objects.
func project(name, mode string, refs ...plan.Ref) object {
	instances, volumes := []object{}, []object{}
	for _, ref := range refs {
		if ref.Kind == plan.Volume {
			volumes = append(volumes, object{"name": ref.Name, "storage": ref.Pool})
		} else {
			instances = append(instances, object{"name": ref.Name, "storage": "local"})
		}
	}
	return object{"name": name, "mode": mode, "instances": instances, "volumes": volumes}
}

// policies is a retention section with one policy per side.
func policies(source, target string) object {
	return object{"hosts": object{"source": object{"default": source}, "target": object{"default": target}}}
}
