package incusos

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Verb is what a host is told to do. None of them is ever told twice.
type Verb string

// The verbs.
const (
	Restore       Verb = "restore"
	Restart       Verb = "restart"
	SwitchVersion Verb = "switch-version"
	FactoryReset  Verb = "factory-reset"
)

// Skippable is what a restore of the system can leave as it is. IncusOS takes any other word without doing anything.
var Skippable = []string{"encryption-recovery-keys", "local-data-encryption-key", "network-macs"}

// systemLimit is how large the archive of a system may be, in bytes; beyond it IncusOS answers nothing at all.
const systemLimit = 1 << 20

// Order is one of the verbs with its options.
type Order struct {
	Verb    Verb
	Part    Part
	Skip    []string // of a restore of the system: see Skippable
	Version string   // to switch to; "": the one before

	// Of a factory reset of the system.
	AllowTPMFailure bool
	WipeSeeds       bool
	Seeds           map[string]json.RawMessage

	// Of a restore: what is sent, and its size in bytes.
	Archive *os.File
	Size    int64
}

// Check refuses what IncusOS would refuse or, worse, pass over. The error is of kind Refused.
func (o Order) Check() error {
	refuse := func(hint, format string, args ...any) error {
		return &Error{Kind: Refused, Text: fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case o.Part == State:
		return refuse("load them by `incus admin init --preseed` on the new server", "%s the definitions: that is done by Incus itself", o.Verb)
	case o.Part.Application() && !ValidApplication(string(o.Part)):
		return refuse("`iab os status` names the applications", "%s %s: no application has such a name", o.Verb, o.Part)
	case o.Part == System && (o.Verb == Restart || o.Verb == SwitchVersion):
		return refuse("name an application", "%s the system: only applications can do that", o.Verb)
	case len(o.Skip) > 0 && (o.Verb != Restore || o.Part != System):
		return refuse("leave out --skip", "%s %s: only a restore of the system can skip things", o.Verb, o.Part)
	case o.Part != System && (o.AllowTPMFailure || o.WipeSeeds || len(o.Seeds) > 0):
		return refuse("leave them out", "%s %s: seeds and the TPM are options of a factory reset of the system", o.Verb, o.Part)
	case o.Version != "" && !plainVersion(o.Version):
		return refuse("`iab os status` shows the versions", "switch %s to version %q: that is no version", o.Part, o.Version)
	}
	for _, word := range o.Skip {
		if !slices.Contains(Skippable, word) {
			return refuse("use "+strings.Join(Skippable, ", "), "skip %q: there is no such thing to skip", word)
		}
	}
	for name, seed := range o.Seeds {
		var object map[string]any
		if !ValidApplication(name) || json.Unmarshal(seed, &object) != nil {
			return refuse(`write {"incus": {"apply_defaults": true}}`, "read the seed %q: it must be an object under the name of what it is for", name)
		}
	}
	return nil
}

// plainVersion reports whether a text can be a version of IncusOS, such as 202608290430.
func plainVersion(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~") == ""
}

// request is how the order is sent: its path, its query and its body.
func (o Order) request() (path string, query url.Values, p *payload, err error) {
	path = "/os/1.0/system"
	if o.Part.Application() {
		path = "/os/1.0/applications/" + string(o.Part)
	}
	path += "/:" + string(o.Verb)
	switch {
	case o.Verb == Restore:
		p = &payload{"application/gzip", o.Archive, o.Size}
		if len(o.Skip) > 0 {
			query = url.Values{"skip": {strings.Join(o.Skip, ",")}} // one value, not several
		}
	case o.Verb == SwitchVersion && o.Version != "":
		p, err = jsonPayload(map[string]string{"version": o.Version})
	case o.Verb == FactoryReset && o.Part == System:
		p, err = jsonPayload(map[string]any{"allow_tpm_reset_failure": o.AllowTPMFailure, "wipe_existing_seeds": o.WipeSeeds, "seeds": o.Seeds})
	default:
		p, err = jsonPayload(struct{}{})
	}
	return path, query, p, err
}

// String is the order as it is shown before it is given.
func (o Order) String() string {
	switch {
	case o.Verb == SwitchVersion && o.Version == "":
		return fmt.Sprintf("switch %s to its version before", o.Part)
	case o.Verb == SwitchVersion:
		return fmt.Sprintf("switch %s to version %s", o.Part, o.Version)
	case o.Verb == FactoryReset:
		return "reset " + o.Part.String() + " to its factory state"
	}
	return string(o.Verb) + " " + o.Part.String()
}

// Consequences are what follows from the order, for the person who is asked.
func (o Order) Consequences() []string {
	var list []string
	switch {
	case o.Verb == Restore && o.Part == System:
		list = append(list, "the configuration and the keys of the system are overwritten, and the machine reboots")
		for _, word := range o.Skip {
			list = append(list, "left as it is: "+word)
		}
	case o.Verb == Restore:
		list = append(list, "everything that "+o.Part.String()+" knows now is replaced, and it restarts")
	case o.Verb == FactoryReset && o.Part == System:
		list = append(list, "everything on the system drive is erased, applications and their configuration too, and the machine reboots",
			"pools of other drives stay, but open again only with their encryption keys: have a copy of each")
		if o.WipeSeeds {
			list = append(list, "the seeds that are there are wiped")
		}
		for name := range o.Seeds {
			list = append(list, "a seed is written: "+name)
		}
		slices.Sort(list[2:])
		if o.AllowTPMFailure {
			list = append(list, "a failure to reset the TPM is passed over")
		}
	case o.Verb == FactoryReset:
		list = append(list, "all configuration and state of "+o.Part.String()+" are erased, and it restarts")
	default:
		list = append(list, o.Part.String()+" restarts")
	}
	if servesIncus(o.Part) || o.Part == System {
		list = append(list, "all instances there are stopped meanwhile")
	}
	return list
}
