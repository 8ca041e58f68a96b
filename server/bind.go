package server

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// bindAddress is an address to listen on.
type bindAddress struct {
	ip       netip.Addr
	optional bool // it may be absent from this machine
}

// DefaultBind is the loopback, as in Redis's configuration file.
var DefaultBind = []string{"127.0.0.1", "-::1"}

// ParseBind splits a list of addresses, separated by spaces or commas, as Redis's bind has it. An address is an IP
// address, * for all of IPv4, ::* for all of IPv6, or localhost for both loopbacks. One behind a "-" may be absent from
// this machine.
func ParseBind(text string) ([]string, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	_, err := bindAddresses(words)
	if err != nil || len(words) == 0 {
		return nil, errors.New("takes IP addresses, *, ::* or localhost, separated by spaces or commas, such as 127.0.0.1,-::1")
	}
	return words, nil
}

// bindAddresses returns what the words stand for, each address once.
func bindAddresses(words []string) ([]bindAddress, error) {
	var all []bindAddress
	for _, word := range words {
		name, optional := strings.CutPrefix(word, "-")
		switch name {
		case "*":
			all = append(all, bindAddress{netip.IPv4Unspecified(), optional})
		case "::*":
			all = append(all, bindAddress{netip.IPv6Unspecified(), optional})
		case "localhost":
			all = append(all, bindAddress{netip.AddrFrom4([4]byte{127, 0, 0, 1}), optional}, bindAddress{netip.IPv6Loopback(), true})
		default:
			ip, err := netip.ParseAddr(name)
			if err != nil {
				return nil, fmt.Errorf("%q is no address to listen on", word)
			}
			all = append(all, bindAddress{ip.Unmap(), optional})
		}
	}
	return once(all), nil
}

// once drops addresses that came before. An address is optional only if it is so everywhere.
func once(all []bindAddress) []bindAddress {
	at := make(map[netip.Addr]int)
	kept := all[:0]
	for _, a := range all {
		if i, ok := at[a.ip]; ok {
			kept[i].optional = kept[i].optional && a.optional
			continue
		}
		at[a.ip] = len(kept)
		kept = append(kept, a)
	}
	return kept
}

// network returns the network that takes this family of addresses alone, so that 0.0.0.0 and :: can have the same port.
func (a bindAddress) network() string {
	if a.ip.Is4() {
		return "tcp4"
	}
	return "tcp6"
}
