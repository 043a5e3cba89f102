/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documents that Hyper-V is given. Why each member is there, or is not: README.md, Hardening. */
#include "document.h"

#include <stdio.h>

#include "identity.h"

#define OWNER "qubes"
#define CONTROLLER "Qubes disks"
/* Secure Boot templates of Hyper-V: what shim is signed with, and what Windows is. */
#define TEMPLATE_UEFI_CA "272e7447-90a4-4563-a4b9-8e4ab00526ce"
#define TEMPLATE_WINDOWS "1734c6e8-3154-4dda-ba5f-a874cc483422"
/* Who on the host may use sockets of a machine: SYSTEM and administrators; for the GUI whoever sits here. */
#define SDDL_SERVICES "D:P(A;;GA;;;SY)(A;;GA;;;BA)"
#define SDDL_GUI "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;IU)"

unsigned document_schema_minor(unsigned windows_build)
{
    return windows_build >= 20348 ? 5 : windows_build >= 19041 ? 3 : 1;
}

static void schema_version(json_writer *out, unsigned minor)
{
    json_open(out, "SchemaVersion", '{');
    json_number(out, "Major", 2);
    json_number(out, "Minor", minor);
    json_close(out, '}');
}

static void chipset(const plan *from, unsigned minor, json_writer *out)
{
    const qubes_domain *domain = &from->domain;
    char tag[64];
    snprintf(tag, sizeof tag, "qubes:%u:%s", (unsigned)domain->id, domain->name);
    json_open(out, "Chipset", '{');
    json_open(out, "Uefi", '{');
    json_flag(out, "EnableDebugger", false);
    if (domain->secure_boot) {
        json_text(out, "SecureBootTemplateId",
                  domain->guest_os[0] == 'w' ? TEMPLATE_WINDOWS : TEMPLATE_UEFI_CA);
        if (minor >= 3)
            json_text(out, "ApplySecureBootTemplate", "Apply");
    } else if (minor >= 3) {
        json_text(out, "ApplySecureBootTemplate", "Skip");
    }
    json_open(out, "BootThis", '{');
    json_text(out, "DeviceType", "ScsiDrive");
    json_text(out, "DevicePath", CONTROLLER);
    json_number(out, "DiskNumber", 0);
    json_close(out, '}');
    json_close(out, '}');
    json_text(out, "ChassisAssetTag", tag); /* how the guest learns which domain it is */
    json_flag(out, "UseUtc", domain->guest_os[0] != 'w');
    json_close(out, '}');
}

static void topology(const plan *from, json_writer *out)
{
    json_open(out, "ComputeTopology", '{');
    json_open(out, "Memory", '{');
    json_number(out, "SizeInMB", (from->domain.memory_mb + 1) & ~UINT32_C(1)); /* Hyper-V wants 2 MB steps */
    json_flag(out, "AllowOvercommit", false);
    json_flag(out, "EnableHotHint", false);
    json_flag(out, "EnableColdHint", false);
    json_flag(out, "EnableDeferredCommit", false);
    json_close(out, '}');
    json_open(out, "Processor", '{');
    json_number(out, "Count", from->domain.vcpus);
    json_flag(out, "ExposeVirtualizationExtensions", false);
    json_close(out, '}');
    json_close(out, '}');
}

static void disks(const plan *from, json_writer *out)
{
    json_open(out, "Scsi", '{');
    json_open(out, CONTROLLER, '{');
    json_open(out, "Attachments", '{');
    for (size_t i = 0; i < from->disk_count; i++) {
        char number[4];
        snprintf(number, sizeof number, "%u", (unsigned)i);
        json_open(out, number, '{');
        json_text(out, "Type", "VirtualDisk");
        json_text(out, "Path", from->disks[i].path);
        json_close(out, '}');
    }
    json_close(out, '}');
    json_close(out, '}');
    json_close(out, '}');
}

static void adapter(json_writer *out, const char *endpoint, const char *mac)
{
    json_open(out, endpoint, '{');
    json_text(out, "EndpointId", endpoint);
    json_text(out, "MacAddress", mac);
    json_close(out, '}');
}

static void adapters(const plan *from, json_writer *out)
{
    char endpoint[IDENTITY_TEXT], mac[18];
    if (!from->has_netvm && !from->has_uplink)
        return;
    identity_mac(from->domain.id, false, mac);
    if (from->has_netvm)
        identity_client_end(from->domain.id, endpoint);
    else
        identity_uplink_end(from->domain.id, endpoint);
    json_open(out, "NetworkAdapters", '{');
    adapter(out, endpoint, mac);
    json_close(out, '}');
}

static void sockets(json_writer *out)
{
    char gui[IDENTITY_TEXT];
    identity_service(PORT_GUI, gui);
    json_open(out, "HvSocket", '{');
    json_open(out, "HvSocketConfig", '{');
    json_text(out, "DefaultBindSecurityDescriptor", SDDL_SERVICES);
    json_text(out, "DefaultConnectSecurityDescriptor", SDDL_SERVICES);
    json_open(out, "ServiceTable", '{');
    json_open(out, gui, '{');
    json_text(out, "BindSecurityDescriptor", SDDL_GUI);
    json_text(out, "ConnectSecurityDescriptor", SDDL_GUI);
    json_flag(out, "AllowWildcardBinds", false);
    json_close(out, '}');
    json_close(out, '}');
    json_close(out, '}');
    json_close(out, '}');
}

void document_machine(const plan *from, unsigned schema_minor, json_writer *out)
{
    json_begin(out);
    json_open(out, NULL, '{');
    json_text(out, "Owner", OWNER);
    schema_version(out, schema_minor);
    json_flag(out, "ShouldTerminateOnLastHandleClosed", false);
    json_open(out, "VirtualMachine", '{');
    json_flag(out, "StopOnReset", true);
    chipset(from, schema_minor, out);
    topology(from, out);
    json_open(out, "Devices", '{');
    disks(from, out);
    adapters(from, out);
    sockets(out);
    json_close(out, '}');
    if (schema_minor >= 5) { /* of the guest services only what a clean stop needs */
        json_open(out, "Services", '{');
        json_open(out, "Shutdown", '{');
        json_close(out, '}');
        json_close(out, '}');
    }
    json_close(out, '}');
    json_close(out, '}');
}

static void network_head(json_writer *out, const char *name)
{
    schema_version(out, 0);
    json_text(out, "Owner", OWNER);
    json_text(out, "Name", name);
}

void document_link(const plan *from, json_writer *out)
{
    char name[QUBES_NAME_MAX + 16];
    snprintf(name, sizeof name, "qubes-%s", from->domain.name);
    json_begin(out);
    json_open(out, NULL, '{');
    network_head(out, name);
    json_text(out, "Type", "Private"); /* reaches neither the host nor any other machine */
    json_close(out, '}');
}

void document_endpoint(const plan *from, document_end end, json_writer *out)
{
    static const char *const suffixes[] = {[END_CLIENT] = "", [END_NETVM] = "-netvm", [END_UPLINK] = "-uplink"};
    char name[QUBES_NAME_MAX + 32], network[IDENTITY_TEXT] = IDENTITY_DEFAULT_SWITCH, mac[18];
    snprintf(name, sizeof name, "qubes-%s%s", from->domain.name, suffixes[end]);
    if (end != END_UPLINK)
        identity_link(from->domain.id, network);
    identity_mac(from->domain.id, end == END_NETVM, mac);
    json_begin(out);
    json_open(out, NULL, '{');
    network_head(out, name);
    json_text(out, "HostComputeNetwork", network);
    json_text(out, "MacAddress", mac);
    json_close(out, '}');
}

void document_plug(const plan *from, bool in, json_writer *out)
{
    char endpoint[IDENTITY_TEXT], path[128], mac[18];
    identity_netvm_end(from->domain.id, endpoint);
    identity_mac(from->domain.id, true, mac);
    snprintf(path, sizeof path, "VirtualMachine/Devices/NetworkAdapters/%s", endpoint);
    json_begin(out);
    json_open(out, NULL, '{');
    json_text(out, "ResourcePath", path);
    json_text(out, "RequestType", in ? "Add" : "Remove");
    json_open(out, "Settings", '{');
    json_text(out, "EndpointId", endpoint);
    json_text(out, "MacAddress", mac);
    json_close(out, '}');
    json_close(out, '}');
}

void document_query(json_writer *out)
{
    json_begin(out);
    json_open(out, NULL, '{');
    json_open(out, "Owners", '[');
    json_text(out, NULL, OWNER);
    json_close(out, ']');
    json_open(out, "Types", '[');
    json_text(out, NULL, "VirtualMachine");
    json_close(out, ']');
    json_close(out, '}');
}
