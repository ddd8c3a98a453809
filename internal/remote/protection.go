package remote

import (
	"maps"
	"net/http"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// startKey keeps an instance from being started by anybody. Incus has it since 7.4 (read); a server that does not know it
// refuses the whole config ("Unknown configuration key"; seen on 6.0.4).
const startKey = "security.protection.start"

// off returns the keys that make an object of that kind act by itself, and what its replica has instead, as far as the target
// knows them.
func (p *Pair) off(kind plan.Kind) (map[string]string, error) {
	keys := maps.Clone(offKeys)
	if kind == plan.Volume {
		for key := range keys {
			keys[key] = ""
		}
		return keys, nil
	}
	known, err := p.knowsStartKey()
	if err != nil {
		return nil, err
	}
	if !known {
		keys[startKey] = ""
	}
	return keys, nil
}

// knowsStartKey asks the target, once, whether it knows startKey. Servers list their config keys; one that does not is older than
// the key.
func (p *Pair) knowsStartKey() (bool, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	if p.startKey != nil {
		return *p.startKey, nil
	}
	known := false
	if !p.servers.Target.HasExtension("metadata_configuration") {
		p.startKey = &known
		return known, nil
	}
	switch metadata, err := p.servers.Target.GetMetadataConfiguration(); {
	case api.StatusErrorCheck(err, http.StatusNotFound, http.StatusForbidden):
	case err != nil:
		return false, failure("ask the target which config keys it knows", err)
	default:
		keys, err := metadata.GetKeys("instance", "security")
		_, known = keys[startKey]
		known = known && err == nil // a server without that group does not know the key
	}
	p.startKey = &known
	return known, nil
}
