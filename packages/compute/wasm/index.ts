/** Every kernel that the backend calls. Addresses are bytes, sizes and strides count numbers. */
export { adamw, globalNorm } from './adamw';
export { causalAttention } from './attention';
export { causalAttentionGrad } from './attention-grad';
export { attendCached } from './cached-attention';
export { crossEntropy } from './cross-entropy';
export { dropout } from './dropout';
export { elementwise } from './elementwise';
export { embed, embedGrad } from './embed';
export { layerNorm, layerNormGrad } from './layer-norm';
export { linear, linearGrad, residualLinear } from './linear';
export { matMul } from './mat-mul';
export { columnSums, rowSums } from './reduce';
export { rmsNorm, rmsNormGrad } from './rms-norm';
export { rope } from './rope';
export { swiglu, swigluGrad } from './swiglu';
export { awaitStart, barrier, crash, join, share, start } from './team';
export { useWideTiles } from './tile';
