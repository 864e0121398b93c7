package uri

import "path"

// TLSPlan is how a client sets TLS up. Of each list of files it takes the first
// that exists.
type TLSPlan struct {
	// CA must exist, even with no_verify. CRL need not.
	CA  []string `json:"ca"`
	CRL []string `json:"crl,omitempty"`
	// Certificate and Key are the client's. libvirt's client connects without them,
	// and leaves it to the server to refuse; go-libvirt does not.
	Certificate []string `json:"certificate"`
	Key         []string `json:"key"`
	// Priority is GnuTLS's string of algorithms, "" for the library's.
	Priority string `json:"priority,omitempty"`
	// Verify says whether the server's certificate is verified, Sanity whether the
	// client's own files are before anything is dialled.
	Verify bool `json:"verify"`
	Sanity bool `json:"sanity"`
	// ServerName is what the certificate must hold.
	ServerName string `json:"server_name"`
}

// tls is virNetTLSContextNewClientPath.
func (p *planner) tls() *TLSPlan {
	plan := &TLSPlan{Priority: p.env.Config.TLSPriority, Verify: !p.noVerify, Sanity: !p.noSanity, ServerName: p.plan.Host}
	if s, ok := p.params["tls_priority"]; ok {
		plan.Priority = s
	}
	if dir, ok := p.params["pkipath"]; ok {
		// An empty pkipath is the root directory.
		plan.in(dir + "/")
		return plan
	}
	if p.env.UID != 0 {
		plan.in(path.Join(p.env.Home, ".pki/libvirt") + "/")
	}
	plan.CA = append(plan.CA, "/etc/pki/CA/cacert.pem")
	plan.CRL = append(plan.CRL, "/etc/pki/CA/cacrl.pem")
	plan.Certificate = append(plan.Certificate, "/etc/pki/libvirt/clientcert.pem")
	plan.Key = append(plan.Key, "/etc/pki/libvirt/private/clientkey.pem")
	return plan
}

func (t *TLSPlan) in(dir string) {
	t.CA = append(t.CA, dir+"cacert.pem")
	t.CRL = append(t.CRL, dir+"cacrl.pem")
	t.Certificate = append(t.Certificate, dir+"clientcert.pem")
	t.Key = append(t.Key, dir+"clientkey.pem")
}
