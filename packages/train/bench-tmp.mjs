import { useBackend } from '@tinyllm/compute';
import * as M from '@tinyllm/model';
import { train, adamw } from '@tinyllm/train';
import * as tf from '@tensorflow/tfjs-core';
const [S='S1',threads='2',n='12',prof]=process.argv.slice(2);
const [nLayer,nHead,nEmbd,blockSize,B,V]={S1:[4,4,128,64,12,65],S2:[8,16,256,128,32,10000],S3:[6,6,384,128,8,50257],S4:[6,6,384,256,16,65]}[S];
console.log(await useBackend('wasm',{threads:+threads}));
const config={vocabSize:V,blockSize,nLayer,nHead,nEmbd,dropout:+(process.env.DROP??0),activation:'gelu',bias:true,tieEmbeddings:true};
const model=M.createGPT?M.createGPT(config,{seed:1}):M.createModel({architecture:'gpt',config},{seed:1});
const batch=i=>({batchSize:B,blockSize,x:Int32Array.from({length:B*blockSize},(_,j)=>(i*131+j*7+j%13*j)%V),y:Int32Array.from({length:B*blockSize},(_,j)=>(i*131+(j+1)*7+j%11*j)%V)});
const ts=[];let t=performance.now();const losses=[];
if(prof){const eng=tf.engine();const acc=new Map();const orig=eng.runKernelFunc.bind(eng);let depth=0;eng.runKernelFunc=(p)=>{const s=performance.now();depth++;try{return orig(p);}finally{depth--;if(depth===0){const k=p.kernelName||'custom';const d=performance.now()-s;const a=acc.get(k)||[0,0];a[0]+=d;a[1]++;acc.set(k,a);}}};globalThis.acc=acc;}
for await(const e of train(model,{data:{train:{batchSize:B,blockSize,batch}},optimizer:adamw(),schedule:()=>3e-4,maxIters:+n,evalInterval:1e9,evalIters:1,logInterval:1})){if(e.type==='step'){const x=performance.now();ts.push(x-t);t=x;losses.push(e.loss);if(prof&&ts.length===2){globalThis.acc.clear();globalThis.t0=performance.now();}}else t=performance.now();}
if(prof){const tot=performance.now()-globalThis.t0;for(const [k,[d,c]] of [...globalThis.acc].sort((a,b)=>b[1][0]-a[1][0]).slice(0,16))console.log(k.padEnd(24),(d/(+n-2)).toFixed(2),'ms/step',c/(+n-2));console.log('total',tot/(+n-2));}
ts.splice(0,2);ts.sort((a,b)=>a-b);const md=ts[ts.length>>1];
console.log(S,'threads',threads,md.toFixed(1),'ms',(B*blockSize/md*1e3).toFixed(0),'tok/s', losses.slice(0,4).map(x=>x.toFixed(5)).join(' '),JSON.stringify(tf.memory()), (process.resourceUsage().maxRSS/1e3).toFixed(0)+'MB');
