/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt is given. Whatever is not written here is absent from the machine. */
#include "document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "identity.h"

#define NUMBER 16

static const char *number(uint32_t value, char out[NUMBER])
{
    snprintf(out, NUMBER, "%" PRIu32, value);
    return out;
}

static void add_head(const plan *from, const settings *how, xml *out)
{
    char uuid[IDENTITY_UUID], name[IDENTITY_NAME], id[NUMBER], memory[NUMBER], vcpus[NUMBER];
    const qubes_domain *domain = &from->domain;
    identity_machine(domain->id, uuid);
    identity_machine_name(domain->name, name);
    xml_add(out,
            "<domain type='%'>\n"
            "  <name>%</name>\n"
            "  <uuid>%</uuid>\n"
            "  <memory unit='MiB'>%</memory>\n"
            /* Pages that are equal in two domains are not merged: merging tells each about the other. */
            "  <memoryBacking><nosharepages/></memoryBacking>\n"
            "  <vcpu placement='static'>%</vcpu>\n"
            "  <sysinfo type='smbios'><chassis><entry name='asset'>qubes:%:%</entry></chassis></sysinfo>\n",
            how->emulation ? "qemu" : "kvm", name, uuid, number(domain->memory_mb, memory),
            number(domain->vcpus, vcpus), number(domain->id, id), domain->name);
}

static void add_platform(const plan *from, const settings *how, xml *out)
{
    const qubes_domain *domain = &from->domain;
    bool secure = domain->secure_boot;
    xml_add(out,
            "  <os firmware='efi'>\n"
            "    <type arch='x86_64' machine='q35'>hvm</type>\n"
            "    <firmware><feature enabled='%' name='enrolled-keys'/><feature enabled='%' name='secure-boot'/>"
            "</firmware>\n"
            "    <nvram>%</nvram>\n"
            "    <smbios mode='sysinfo'/>\n"
            "  </os>\n"
            "  <features><acpi/><apic/><pmu state='off'/><vmport state='off'/><smm state='%'/></features>\n",
            secure ? "yes" : "no", secure ? "yes" : "no", from->firmware, secure ? "on" : "off");
    if (how->emulation)
        xml_add(out, "  <cpu mode='maximum' check='none'/>\n");
    else /* no virtual machines inside of virtual machines */
        xml_add(out, "  <cpu mode='host-passthrough' check='none' migratable='off'>"
                     "<feature policy='disable' name='vmx'/><feature policy='disable' name='svm'/></cpu>\n");
    xml_add(out,
            "  <clock offset='%'><timer name='hpet' present='no'/></clock>\n"
            /* A reset is a stop: a guest cannot come back in a state that nobody decided. */
            "  <on_poweroff>destroy</on_poweroff>\n"
            "  <on_reboot>destroy</on_reboot>\n"
            "  <on_crash>destroy</on_crash>\n",
            strcmp(domain->guest_os, "windows") == 0 ? "localtime" : "utc");
}

static void add_disk(const plan_disk *disk, size_t index, xml *out)
{
    char target[] = {'v', 'd', (char)('a' + index), '\0'}, order[NUMBER];
    xml_add(out,
            "    <disk type='file' device='disk'>\n"
            "      <driver name='qemu' type='qcow2' discard='unmap'/>\n"
            "      <source file='%'/>\n"
            "      <target dev='%' bus='virtio'/>\n",
            disk->path, target);
    if (index == 0)
        xml_add(out, "      <boot order='%'/>\n", number(1, order));
    xml_add(out, "    </disk>\n");
}

/* `alone`: its neighbours on the same bridge cannot see it, only the netvm can. */
static void add_interface(const char *network, const char *mac, bool alone, xml *out)
{
    xml_add(out, "    <interface type='network'>\n      <mac address='%'/>\n      <source network='%'/>\n", mac,
            network);
    if (alone)
        xml_add(out, "      <port isolated='yes'/>\n");
    xml_add(out, "      <model type='virtio'/>\n      <rom enabled='no'/>\n    </interface>\n");
}

static void add_networks(const plan *from, const settings *how, xml *out)
{
    char network[IDENTITY_NAME], mac[IDENTITY_MAC];
    uint32_t id = from->domain.id;
    identity_mac(id, false, mac);
    identity_network(from->netvm, network);
    if (from->has_netvm)
        add_interface(network, mac, true, out);
    else if (from->has_uplink)
        add_interface(how->uplink, mac, false, out);
    if (!from->domain.provides_network)
        return;
    identity_network(id, network);
    identity_mac(id, true, mac);
    add_interface(network, mac, false, out);
}

void document_machine(const plan *from, const settings *how, xml *out)
{
    char cid[NUMBER];
    xml_begin(out);
    add_head(from, how, out);
    add_platform(from, how, out);
    xml_add(out, "  <devices>\n");
    for (size_t i = 0; i < from->disk_count; i++)
        add_disk(&from->disks[i], i, out);
    add_networks(from, how, out);
    if (how->console_log)
        xml_add(out, "    <serial type='file'><source path='/var/log/libvirt/qemu/qubes-%-console.log'/></serial>\n",
                from->domain.name);
    xml_add(out,
            "    <vsock model='virtio'><cid auto='no' address='%'/></vsock>\n"
            "    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>\n"
            /* libvirt adds these unless it is told not to. */
            "    <controller type='usb' model='none'/>\n"
            "    <video><model type='none'/></video>\n"
            "    <audio id='1' type='none'/>\n"
            "    <memballoon model='none'/>\n"
            "  </devices>\n",
            number(identity_cid(from->domain.id), cid));
    if (how->confined)
        xml_add(out, "  <seclabel type='dynamic' model='apparmor' relabel='yes'/>\n");
    xml_add(out, "</domain>\n");
}

void document_network(uint32_t netvm, xml *out)
{
    char name[IDENTITY_NAME], bridge[IDENTITY_NAME];
    identity_network(netvm, name);
    identity_bridge(netvm, bridge);
    xml_begin(out);
    xml_add(out, "<network>\n  <name>%</name>\n  <bridge name='%' stp='off' delay='0'/>\n</network>\n", name, bridge);
}
