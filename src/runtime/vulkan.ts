/**
 * Which GPUs a Vulkan driver offers, asked of the loader itself (`libvulkan.so.1`), which is what
 * ONNX Runtime's WebGPU provider asks, too. Layouts: Vulkan 1.0 specification, `vulkan_core.h`.
 */

/** A physical device of Vulkan. */
export interface VulkanDevice {
  name: string;
  /** PCI vendor id: 0x10de NVIDIA, 0x1002 AMD, 0x8086 Intel. */
  vendor: number;
  /** It computes on the CPU: llvmpipe, SwiftShader. */
  software: boolean;
}

/** `VK_PHYSICAL_DEVICE_TYPE_CPU`. */
const TYPE_CPU = 4;
/** `sizeof(VkPhysicalDeviceProperties)` is 824 on 64 bits; more does no harm. */
const PROPERTIES_BYTES = 1024;
/** Offsets in `VkPhysicalDeviceProperties`. */
const AT = { vendor: 8, type: 16, name: 20 };
const NAME_BYTES = 256;

/** `VK_API_VERSION_1_1`. */
const API_VERSION = (1 << 22) | (1 << 12);

const SYMBOLS = {
  vkCreateInstance: { parameters: ["buffer", "pointer", "buffer"], result: "i32" },
  vkEnumeratePhysicalDevices: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
  vkGetPhysicalDeviceProperties: { parameters: ["pointer", "buffer"], result: "void" },
  vkDestroyInstance: { parameters: ["pointer", "pointer"], result: "void" },
} as const;

/** The devices, or why there are none. */
export type VulkanDevices = { devices: VulkanDevice[] } | { problem: string };

/** Asks the Vulkan loader. */
export function listVulkanDevices(): VulkanDevices {
  let library: Deno.DynamicLibrary<typeof SYMBOLS>;
  try {
    library = Deno.dlopen("libvulkan.so.1", SYMBOLS);
  } catch {
    return { problem: "the Vulkan loader libvulkan.so.1 is not installed" };
  }
  try {
    return enumerate(library.symbols);
  } finally {
    library.close();
  }
}

function enumerate(vulkan: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]): VulkanDevices {
  const none = { problem: "no Vulkan driver offers a device" };
  // VkApplicationInfo: 48 bytes, apiVersion last; VkInstanceCreateInfo: its address at byte 24.
  const application = new BigUint64Array(6);
  new DataView(application.buffer).setUint32(44, API_VERSION, true);
  const info = new BigUint64Array(8);
  info[0] = 1n; // VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
  info[3] = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(application)));
  const handle = new BigUint64Array(1);
  if (vulkan.vkCreateInstance(info, null, handle) !== 0) return none;
  const instance = Deno.UnsafePointer.create(handle[0]!);
  if (instance === null) return none;
  try {
    const count = new Uint32Array(1);
    if (vulkan.vkEnumeratePhysicalDevices(instance, count, null) !== 0) return none;
    const handles = new BigUint64Array(count[0]!);
    if (count[0] === 0) return none;
    if (vulkan.vkEnumeratePhysicalDevices(instance, count, handles) !== 0) return none;
    const devices = [...handles].map((device): VulkanDevice => {
      const properties = new Uint8Array(PROPERTIES_BYTES);
      vulkan.vkGetPhysicalDeviceProperties(Deno.UnsafePointer.create(device), properties);
      const view = new DataView(properties.buffer);
      return {
        name: cString(properties.subarray(AT.name, AT.name + NAME_BYTES)),
        vendor: view.getUint32(AT.vendor, true),
        software: view.getUint32(AT.type, true) === TYPE_CPU,
      };
    });
    return { devices };
  } finally {
    vulkan.vkDestroyInstance(instance, null);
  }
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}
