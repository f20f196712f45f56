/** How tests start Chromium, which comes from Debian, on a machine without a display, a sandbox or a network. */
const plain = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Has WebGPU, in software. */
export const withWebGPU = {
  executablePath: '/usr/bin/chromium',
  args: [...plain, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
};

/** Has no WebGPU. */
export const withoutWebGPU = { executablePath: '/usr/bin/chromium', args: plain };
